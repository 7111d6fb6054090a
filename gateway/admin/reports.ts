/** What happened and what is: status, instances, logs, records, costs. */
import { Hono } from 'hono';
import type { Runtime } from '../../runtime/api.ts';
import type { AdminEnv } from './access.ts';
import { costRoutes } from './cost.ts';
import { flagParameter, limitParameter, numberParameter, textParameter } from './query.ts';
import type { Addresses } from './server.ts';

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 100_000;
const ENDED_LIMIT = 200;

export interface ReportOptions {
  addresses: Addresses;
  version: string;
  /** Epoch milliseconds. */
  startedAt: number;
}

export function reportRoutes(
  runtime: Runtime,
  { addresses, version, startedAt }: ReportOptions,
): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  const { store } = runtime;

  app.get('/status', (context) => {
    const { name, reason, isolates } = runtime.driver;
    return context.json({
      version,
      pid: process.pid,
      startedAt,
      dataDir: runtime.dataDir,
      configFile: runtime.configFile,
      driver: { name, reason, isolates },
      ...addresses,
      functions: runtime.functions().length,
      instances: runtime.instances().length,
      queued: store.queue.size(),
    });
  });

  app.get('/instances', (context) => {
    const only = textParameter(context, 'function', 'function');
    const instances = runtime
      .instances()
      .filter((instance) => only.function === undefined || instance.function === only.function);
    if (!flagParameter(context, 'all')) return context.json({ instances });
    const live = new Set(instances.map(({ id }) => id));
    const trails = store.instances.all({ ...only, limit: limitParameter(context, ENDED_LIMIT, MAX_LIMIT) });
    return context.json({ instances, ended: trails.filter(({ id }) => !live.has(id)) });
  });

  app.get('/logs', (context) => {
    const lines = store.logs.lines({
      ...textParameter(context, 'function', 'function'),
      ...textParameter(context, 'request', 'requestId'),
      ...numberParameter(context, 'since', 'since'),
      ...numberParameter(context, 'afterId', 'afterId'),
      limit: limitParameter(context, DEFAULT_LIMIT, MAX_LIMIT),
    });
    return context.json({ lines });
  });

  app.get('/records', (context) => {
    const records = store.ledger.records({
      ...textParameter(context, 'function', 'function'),
      ...textParameter(context, 'request', 'requestId'),
      ...numberParameter(context, 'since', 'since'),
      ...numberParameter(context, 'until', 'until'),
      limit: limitParameter(context, DEFAULT_LIMIT, MAX_LIMIT),
      newestFirst: true,
    });
    return context.json({ records: [...records] });
  });

  app.route('/', costRoutes(runtime));

  return app;
}
