/**
 * Port 4000: the functions' HTTP triggers and nothing else.
 *
 * Plain node:http on purpose. An event needs the path and the headers exactly as sent, which a Request object has
 * already normalised; and a framework's conversions cost more than the rest of the warm path (20 k answers a second
 * instead of 32 k; bare node:http gives 35 k), its adapter 20 ms of every start. Routing is route-table.ts.
 */
import { createServer } from 'node:http';
import type { Runtime } from '../../runtime/api.ts';
import { toFaasError } from '../../runtime/core/errors.ts';
import { createGuard } from '../guard.ts';
import { listen, type Listening } from '../listening.ts';
import { createHandler } from './handle.ts';
import { createRouteTable, type RouteTable } from './route-table.ts';

export interface HttpGatewayOptions {
  runtime: Runtime;
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Names besides the loopback ones that a Host header may carry. */
  allowedHosts: readonly string[];
  /** How long a request body may pause, in milliseconds; default 30 s. */
  bodyIdleMs?: number;
}

const BODY_IDLE_MS = 30_000;
/** Longer than the pools of the usual clients and proxies keep theirs, so that they close first. */
const KEEP_ALIVE_MS = 65_000;
const MAX_CONNECTIONS = 4096;

/** Serves the triggers of the runtime's functions, whatever is deployed or removed meanwhile. */
export async function startHttpGateway(options: HttpGatewayOptions): Promise<Listening> {
  const { runtime, host, port, bodyIdleMs = BODY_IDLE_MS } = options;
  const handle = createHandler({
    runtime,
    guard: createGuard(options),
    routes: currentRoutes(runtime),
    bodyIdleMs,
  });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, outgoing) => {
    handle(incoming, outgoing).catch((error: unknown) => {
      runtime.log.error(`HTTP trigger: ${toFaasError(error).message}`);
      outgoing.destroy();
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  // Without a listener of its own, Node would tell the client to go on before anything was checked.
  server.on('checkContinue', (incoming, outgoing) => server.emit('request', incoming, outgoing));
  return await listen(server, { host, port, purpose: 'HTTP triggers', flag: '--port' });
}

/** The table for what is deployed now; built again at the first request after a change. */
function currentRoutes(runtime: Runtime): () => RouteTable {
  let table: RouteTable | undefined;
  const forget = (): void => {
    table = undefined;
  };
  runtime.events.on('deployed', forget).on('removed', forget);
  return () => (table ??= createRouteTable(runtime.functions()));
}
