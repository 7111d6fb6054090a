import type { LoadedConfig } from '../../runtime/config/load.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { silentLogger } from '../../runtime/core/log.ts';
import type { FunctionSettings } from '../../runtime/core/types.ts';
import { openStore } from '../../runtime/store/open.ts';
import type { StatusResponse } from '../client/responses.ts';
import { findRuntime } from '../client/locate.ts';
import type { Context } from '../context.ts';
import { load } from '../load.ts';

export interface Subject {
  loaded: LoadedConfig;
  settings: FunctionSettings;
  awsEndpoint?: string;
}

/** The function to tune, of the configuration or deployed by hand, and the endpoint of the runtime that serves it. */
export async function subjectOf(context: Context, name: string, driver?: string): Promise<Subject> {
  const loaded = await load(context, driver === undefined ? {} : { driver });
  const listed = loaded.config.functions.find((one) => one.name === name);
  const settings = listed ?? deployedByHand(loaded.config.dataDir, name);
  if (settings === undefined) throw unknown(name, loaded);
  const client = await findRuntime(context);
  if (client === undefined) return { loaded, settings };
  const { awsEndpoint } = await client.get<StatusResponse>('/api/status');
  return { loaded, settings, awsEndpoint };
}

function deployedByHand(dataDir: string, name: string): FunctionSettings | undefined {
  try {
    const store = openStore(dataDir, { log: silentLogger, readOnly: true });
    try {
      return store.functions.all().find(({ settings }) => settings.name === name)?.settings;
    } finally {
      store.close();
    }
  } catch (error) {
    // No data directory yet: nothing was deployed into it.
    if (error instanceof FaasError && error.code === 'StoreFailed') return undefined;
    throw error;
  }
}

const unknown = (name: string, { config }: LoadedConfig): FaasError =>
  new FaasError('FunctionNotFound', `no function is called '${name}'`, {
    expected:
      config.functions.length > 0
        ? `one of ${config.functions.map((one) => one.name).join(', ')}`
        : 'a function of the configuration, or one that was deployed',
    got: name,
    remedy: 'faas deploy DIR deploys one; faas ps lists them',
  });
