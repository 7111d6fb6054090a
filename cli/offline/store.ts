/** The data directory read without a runtime: what happened stays readable after it stopped. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FaasError } from '../../runtime/core/errors.ts';
import { silentLogger } from '../../runtime/core/log.ts';
import { openStore } from '../../runtime/store/open.ts';
import type { Store } from '../../runtime/store/store.ts';
import type { Context } from '../context.ts';
import { load } from '../load.ts';

/** The data directory this command line means; refused when nothing was ever kept there. */
export async function existingDataDir(context: Context): Promise<string> {
  const { dataDir } = (await load(context)).config;
  if (existsSync(join(dataDir, 'faas.db'))) return dataDir;
  throw new FaasError('RuntimeNotRunning', 'nothing has run here yet', {
    expected: 'a running runtime, or a data directory of an earlier one',
    got: `nothing in ${dataDir}`,
    remedy: 'faas start, or --data-dir of the one you mean',
  });
}

/** Opens the store read-only, hands it to `read` and closes it again. */
export async function readStore<T>(context: Context, read: (store: Store) => T | Promise<T>): Promise<T> {
  const store = openStore(await existingDataDir(context), { log: silentLogger, readOnly: true });
  try {
    return await read(store);
  } finally {
    store.close();
  }
}

/** Revisions of deployed functions, earlier ones that are kept too; none when nothing was ever deployed. */
export function deployedRevisions(dataDir: string): Set<string> {
  if (!existsSync(join(dataDir, 'faas.db'))) return new Set();
  const store = openStore(dataDir, { log: silentLogger, readOnly: true });
  try {
    const present = store.functions.all();
    const earlier = present.flatMap(({ settings }) => store.functions.history(settings.name));
    return new Set([...present, ...earlier].map(({ revision }) => revision.id));
  } finally {
    store.close();
  }
}
