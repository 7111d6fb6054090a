/** The administration API: a Hono app. Loaded at the first request, so that a start does not pay for it. */
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { createGuard } from '../guard.ts';
import { fromOurOwn, withToken, type AdminEnv } from './access.ts';
import { emitRoutes } from './emit.ts';
import { AdminRefusal, errorAnswer } from './errors.ts';
import { createEventStreams, type EventStreams } from './event-stream.ts';
import { functionRoutes } from './functions.ts';
import type { Metrics } from './metrics.ts';
import { queueRoutes } from './queue.ts';
import { reportRoutes } from './reports.ts';
import type { Addresses, AdminGatewayOptions } from './server.ts';
import { queryRoutes } from './sql.ts';

interface AdminContext {
  options: AdminGatewayOptions;
  addresses: Addresses;
  metrics: Metrics;
  startedAt: number;
}

/** The app as a listener of node:http. */
export function createListener(context: AdminContext) {
  const streams = createEventStreams(context.options.runtime, { url: context.addresses.url });
  const app = createApp(context, streams);
  return {
    listener: getRequestListener(app.fetch, { overrideGlobalObjects: false }),
    close: () => streams.close(),
  };
}

function createApp(
  { options, addresses, metrics, startedAt }: AdminContext,
  streams: EventStreams,
): Hono<AdminEnv> {
  const { runtime, version, token } = options;
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
  app.route('/api', reportRoutes(runtime, { addresses, version, startedAt }));
  app.route('/api', queryRoutes(runtime));
  app.route('/api', emitRoutes(options.s3));
  app.route('/api', queueRoutes(runtime));
  return app;
}
