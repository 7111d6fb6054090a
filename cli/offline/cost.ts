import { answer } from '../../runtime/metering/report-request.ts';
import type { ReportRequest } from '../../runtime/metering/report-request.ts';
import { parseExact } from '../client/exact-json.ts';
import type { Context } from '../context.ts';
import { readStore } from './store.ts';

/** A report from the data directory, in the shape in which a running runtime would send it. */
export const reportFromDataDir = (context: Context, request: ReportRequest): Promise<unknown> =>
  // Decimals write themselves as numbers with every digit; reading them back keeps each as it was written.
  readStore(context, (store) => parseExact(answer(store, request)));
