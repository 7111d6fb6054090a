import { functionView } from '../../gateway/admin/views.ts';
import type { PsView } from '../client/responses.ts';
import type { Context } from '../context.ts';
import { readStore } from './store.ts';

const ENDED_LIMIT = 200;

/** Functions and ended instances from the data directory; without a runtime none is alive. */
export function instancesFromDataDir(
  context: Context,
  name: string | undefined,
  all: boolean,
): Promise<PsView> {
  return readStore(context, (store) => ({
    functions: store.functions.all().map((deployed) => functionView(deployed, undefined)),
    instances: [],
    ...(all
      ? {
          ended: store.instances.all({
            limit: ENDED_LIMIT,
            ...(name === undefined ? {} : { function: name }),
          }),
        }
      : {}),
  }));
}
