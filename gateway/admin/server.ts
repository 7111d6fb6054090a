/**
 * Port 4001: administration. An origin of its own, because a page that a function returns on port 4000 must
 * never be able to drive the runtime. Everything but /health asks for the token; there are no cookies.
 */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import type { Runtime } from '../../runtime/api.ts';
import { createGuard } from '../guard.ts';
import { listen, type Listening } from '../listening.ts';
import type { S3 } from '../s3/s3.ts';
import { fromOurOwn, withToken, type AdminEnv } from './access.ts';
import { emitRoutes } from './emit.ts';
import { AdminRefusal, errorAnswer } from './errors.ts';
import { createEventStreams, type EventStreams } from './event-stream.ts';
import { functionRoutes } from './functions.ts';
import { createMetrics } from './metrics.ts';
import { queueRoutes } from './queue.ts';
import { reportRoutes } from './reports.ts';
import { queryRoutes } from './sql.ts';

/** Where the runtime is reached from this machine. */
export interface Addresses {
  url: string;
  adminUrl: string;
  awsEndpoint: string;
}

export interface AdminGatewayOptions {
  runtime: Runtime;
  s3: Pick<S3, 'emit'>;
  host: string;
  /** 0 takes any free port. */
  port: number;
  allowedHosts: readonly string[];
  token: string;
  version: string;
  /** Of the two other ports, which are bound before this one. */
  addresses: Omit<Addresses, 'adminUrl'>;
}

/** Serves the administration API; rejects with PortInUse or AddressUnavailable. */
export async function startAdminGateway(options: AdminGatewayOptions): Promise<Listening> {
  const { host, port, runtime } = options;
  const server = createServer();
  const listening = await listen(server, { host, port, purpose: 'the administration', flag: '--admin-port' });
  const addresses = { ...options.addresses, adminUrl: listening.url };
  const streams = createEventStreams(runtime, { url: addresses.url });
  const app = createApp(options, addresses, streams);
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  server.on('request', (incoming, outgoing) => void listener(incoming, outgoing));
  return {
    ...listening,
    close(closing) {
      streams.close();
      return listening.close(closing);
    },
  };
}

function createApp(
  options: AdminGatewayOptions,
  addresses: Addresses,
  streams: EventStreams,
): Hono<AdminEnv> {
  const { runtime, version, token } = options;
  const metrics = createMetrics(runtime);
  const app = new Hono<AdminEnv>();
  app.onError(errorAnswer(runtime.log));
  app.notFound((context) => {
    throw new AdminRefusal(404, 'NotFound', `there is no ${context.req.method} ${context.req.path} here`, {
      remedy: 'docs/administration.md lists what there is',
    });
  });

  app.use(fromOurOwn(createGuard(options)));
  app.get('/health', (context) => context.json({ status: 'ok', sessionId: runtime.sessionId, version }));

  app.use(withToken(token));
  app.get('/metrics', async (context) =>
    context.text(await metrics.text(), 200, { 'content-type': await metrics.contentType() }),
  );
  app.get('/api/events', streams.handler);
  app.route('/api', functionRoutes(runtime, addresses.url));
  app.route('/api', reportRoutes(runtime, { addresses, version, startedAt: Date.now() }));
  app.route('/api', queryRoutes(runtime));
  app.route('/api', emitRoutes(options.s3));
  app.route('/api', queueRoutes(runtime));
  return app;
}
