/** /api/queue: events that wait, and events that were given up. */
import { Hono } from 'hono';
import type { Runtime } from '../../runtime/api.ts';
import type { DeadEvent } from '../../runtime/store/store.ts';
import type { AdminEnv } from './access.ts';
import { AdminRefusal } from './errors.ts';
import { limitParameter, textParameter } from './query.ts';

const DEAD_SHOWN = 100;
const MOST_DEAD = 10_000;

export function queueRoutes(runtime: Pick<Runtime, 'store' | 'deliverSoon'>): Hono<AdminEnv> {
  const { store } = runtime;
  const app = new Hono<AdminEnv>();

  app.get('/queue', (context) => {
    const { function: name } = textParameter(context, 'function', 'function');
    const limit = limitParameter(context, DEAD_SHOWN, MOST_DEAD);
    const waiting = store.queue.backlog().filter((one) => name === undefined || one.function === name);
    const dead = store.deadEvents.all({ ...(name !== undefined && { function: name }), limit }).map(view);
    return context.json({ waiting, dead });
  });

  app.post('/queue/dead/:id/deliver', (context) => {
    const id = idOf(context.req.param('id'));
    if (!store.deadEvents.revive(id)) throw unknownEvent(id);
    runtime.deliverSoon();
    return context.json({ delivering: id });
  });

  app.delete('/queue/dead/:id', (context) => {
    const id = idOf(context.req.param('id'));
    if (!store.deadEvents.remove(id)) throw unknownEvent(id);
    return context.json({ removed: id });
  });

  return app;
}

/** As the administration shows an event that was given up. */
export type DeadEventView = Omit<DeadEvent, 'payload'> & { payload: unknown };

const view = ({ payload, ...event }: DeadEvent): DeadEventView => ({ ...event, payload: readJson(payload) });

/** Events are JSON; should one not be, its text tells as much. */
function readJson(payload: Uint8Array): unknown {
  const text = Buffer.from(payload).toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const idOf = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : -1);

const unknownEvent = (id: number): AdminRefusal =>
  new AdminRefusal(404, 'EventNotFound', 'no event of that id was given up', {
    expected: 'an id that GET /api/queue lists under dead',
    got: String(id),
  });
