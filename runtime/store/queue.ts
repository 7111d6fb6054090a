import type { Clock } from '../core/clock.ts';
import type { TriggerType } from '../core/types.ts';
import type { Connection } from './connection.ts';
import type { EventQueue, PendingEvent } from './store.ts';

interface EventRow {
  id: number;
  due_at: number;
  attempts: number;
  failures: number;
  enqueued_at: number;
  request_id: string;
  function: string;
  trigger_type: TriggerType;
  trigger_source: string | null;
  parent_request_id: string | null;
  order_key: string | null;
  depth: number;
  payload: Uint8Array;
}

/** An event is blocked from the start when its key has one pending; migrations/0002 keeps the flag from then on. */
const INSERT = `INSERT INTO queued_events
  (due_at, enqueued_at, request_id, function, trigger_type, trigger_source, parent_request_id, order_key, depth,
   payload, blocked)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
    EXISTS (SELECT 1 FROM queued_events WHERE function = ?4 AND order_key = ?8))`;

/** Each distinct name by one probe of the index, whatever the backlog. */
const FUNCTION_NAMES = `WITH RECURSIVE names(name) AS (
    SELECT min(function) FROM queued_events WHERE blocked = 0
    UNION ALL
    SELECT (SELECT min(function) FROM queued_events WHERE blocked = 0 AND function > name)
    FROM names WHERE name IS NOT NULL
  ) SELECT name FROM names WHERE name IS NOT NULL`;

/**
 * The events that wait for delivery. Ids grow with every commit, so that their order is the order of
 * the commits; what is in flight is known to the caller only and hence pending again after a crash.
 */
export function createEventQueue(connection: Connection, { clock }: { clock: Clock }): EventQueue {
  const insert = connection.prepare(INSERT);
  const names = connection.prepare<{ name: string }>(FUNCTION_NAMES);
  // The plus keeps SQLite from sorting a backlog by the index on due_at: the oldest ids come first anyhow.
  const dueIds = connection.prepare<{ id: number }>(
    'SELECT id FROM queued_events WHERE function = ? AND blocked = 0 AND +due_at <= ? ORDER BY id LIMIT ?',
  );
  const byId = connection.prepare<EventRow>('SELECT * FROM queued_events WHERE id = ?');
  const earliest = connection.prepare<{ id: number; due_at: number }>(
    'SELECT id, due_at FROM queued_events WHERE blocked = 0 ORDER BY due_at, id LIMIT ?',
  );
  const remove = connection.prepare('DELETE FROM queued_events WHERE id = ?');
  const removeFunction = connection.prepare('DELETE FROM queued_events WHERE function = ?');
  const postpone = connection.prepare('UPDATE queued_events SET due_at = ?, attempts = ? WHERE id = ?');
  const failed = connection.prepare(
    `UPDATE queued_events SET due_at = ?, attempts = attempts + 1, failures = failures + 1, order_key = NULL
     WHERE id = ?`,
  );
  const count = connection.prepare<{ count: number }>('SELECT count(*) AS count FROM queued_events');
  const waiting = connection.prepare<{ function: string; waiting: number; oldest: number }>(
    `SELECT function, count(*) AS waiting, min(enqueued_at) AS oldest FROM queued_events
     GROUP BY function ORDER BY function`,
  );

  /** Ids without payloads: those that are passed over may be many and large. */
  function idsDue(functionName: string, now: number, limit: number, exclude: ReadonlySet<number>): number[] {
    return dueIds
      .all(functionName, now, limit + exclude.size)
      .map(({ id }) => id)
      .filter((id) => !exclude.has(id))
      .slice(0, limit);
  }

  return {
    enqueue({ requestId, function: name, payload, trigger, parentRequestId, ...event }) {
      const now = clock.now();
      insert.run(
        now + (event.delayMs ?? 0),
        now,
        requestId,
        name,
        trigger.type,
        trigger.source,
        parentRequestId,
        event.orderKey ?? null,
        event.depth ?? 0,
        payload,
      );
    },
    functionsDue: (now, exclude) =>
      names
        .all()
        .map(({ name }) => name)
        .filter((name) => idsDue(name, now, 1, exclude).length > 0),
    due: (functionName, now, limit, exclude) =>
      idsDue(functionName, now, limit, exclude)
        .flatMap((id) => byId.get(id) ?? [])
        .map(toPendingEvent),
    nextDueAt(exclude) {
      return earliest.all(exclude.size + 1).find(({ id }) => !exclude.has(id))?.due_at;
    },
    done: (id) => void remove.run(id),
    retryAt: (id, dueAt, attempts) => void postpone.run(dueAt, attempts, id),
    failedUntil: (id, dueAt) => void failed.run(dueAt, id),
    removeAll: (functionName) => removeFunction.run(functionName),
    size: () => count.get()?.count ?? 0,
    backlog: () =>
      waiting.all().map((row) => ({ function: row.function, waiting: row.waiting, oldestAt: row.oldest })),
  };
}

function toPendingEvent(row: EventRow): PendingEvent {
  return {
    id: row.id,
    requestId: row.request_id,
    function: row.function,
    payload: row.payload,
    trigger: { type: row.trigger_type, source: row.trigger_source },
    parentRequestId: row.parent_request_id,
    attempts: row.attempts,
    failures: row.failures,
    orderKey: row.order_key,
    depth: row.depth,
    enqueuedAt: row.enqueued_at,
    dueAt: row.due_at,
  };
}
