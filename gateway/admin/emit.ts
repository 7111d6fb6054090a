/** POST /api/emit/s3: what an upload would cause, without a client. */
import { Hono } from 'hono';
import type { AdminEnv } from './access.ts';
import { flagParameter, requiredParameter, textParameter } from './query.ts';

/** The part of the S3 gateway that the administration uses. */
export interface S3Emitter {
  /** Sends the event to the functions whose triggers match, or to `to` alone; stores the object first when `body` is given. */
  emit(request: {
    bucket: string;
    key: string;
    /** Without the `s3:` prefix: `ObjectCreated:Put`. */
    event: string;
    to?: string;
    body?: AsyncIterable<Uint8Array>;
  }): Promise<{ requestIds: string[]; stored: boolean }>;
}

const DEFAULT_EVENT = 'ObjectCreated:Put';

export function emitRoutes(s3: S3Emitter): Hono<AdminEnv> {
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
