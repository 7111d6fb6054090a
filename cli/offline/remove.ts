import { FaasError } from '../../runtime/core/errors.ts';
import { silentLogger } from '../../runtime/core/log.ts';
import { openStore } from '../../runtime/store/open.ts';
import type { Context } from '../context.ts';
import { existingDataDir } from './store.ts';

/** Forgets functions and their pending events while no runtime runs; all of them, or none when one is unknown. */
export async function removeFromDataDir(context: Context, names: string[]): Promise<void> {
  const store = openStore(await existingDataDir(context), { log: silentLogger });
  try {
    store.transaction(() => {
      for (const name of names) {
        if (!store.functions.remove(name))
          throw unknown(
            name,
            store.functions.all().map(({ settings }) => settings.name),
          );
        store.queue.removeAll(name);
      }
    });
  } finally {
    store.close();
  }
}

const unknown = (name: string, known: string[]): FaasError =>
  new FaasError('FunctionNotFound', `no function '${name}' is deployed`, {
    expected: known.length > 0 ? `one of ${known.join(', ')}` : 'a deployed function',
    got: name,
    remedy: 'faas deploy DIR deploys one',
  });
