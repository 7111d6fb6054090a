/** POST /api/emit/s3: what an upload would cause, without a client. */
import { Hono } from 'hono';
import type { S3 } from '../s3/s3.ts';
import type { AdminEnv } from './access.ts';
import { flagParameter, requiredParameter, textParameter } from './query.ts';

const DEFAULT_EVENT = 'ObjectCreated:Put';

export function emitRoutes(s3: Pick<S3, 'emit'>): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  app.post('/emit/s3', async (context) => {
    const { event = DEFAULT_EVENT } = textParameter(context, 'event', 'event');
    const result = await s3.emit({
      bucket: requiredParameter(context, 'bucket'),
      key: requiredParameter(context, 'key'),
      event: event.replace(/^s3:/, ''),
      ...textParameter(context, 'to', 'to'),
      // Straight from the socket, so that an object of any size is never held in memory.
      ...(flagParameter(context, 'store') ? { body: context.env.incoming } : {}),
    });
    return context.json(result);
  });
  return app;
}
