import { costReport, type CostGroup } from '../../runtime/metering/report.ts';
import { DEFAULT_RATE_CARD, findRateCard } from '../../runtime/metering/rate-cards/index.ts';
import { parseExact } from '../client/exact-json.ts';
import type { CostReportView } from '../client/responses.ts';
import type { Context } from '../context.ts';
import { readStore } from './store.ts';

export interface CostFlags {
  since?: number;
  until?: number;
  function?: string;
  by?: CostGroup;
  rates?: string;
}

/** The report from the data directory, in the shape in which a running runtime would send it. */
export function costFromDataDir(context: Context, { rates, ...query }: CostFlags): Promise<CostReportView> {
  const card = rates === undefined ? DEFAULT_RATE_CARD : findRateCard(rates);
  return readStore(context, (store) => {
    const report = costReport(store.ledger, { ...query, rates: card });
    // Decimals write themselves as numbers with every digit; reading them back keeps each as it was written.
    return parseExact(JSON.stringify(report)) as CostReportView;
  });
}
