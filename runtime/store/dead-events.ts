import type { Clock } from '../core/clock.ts';
import { newRequestId } from '../core/ids.ts';
import type { TriggerType } from '../core/types.ts';
import type { Connection } from './connection.ts';
import type { DeadEvent, DeadEventStore } from './store.ts';

interface DeadRow {
  id: number;
  died_at: number;
  reason: string;
  attempts: number;
  enqueued_at: number;
  request_id: string;
  function: string;
  trigger_type: TriggerType;
  trigger_source: string | null;
  parent_request_id: string | null;
  payload: Uint8Array;
}

const KEPT = 10_000;

const SHARED = `enqueued_at, request_id, function, trigger_type, trigger_source, parent_request_id, payload`;

/** What was given up, with the reason. The newest 10,000 are kept. */
export function createDeadEvents(connection: Connection, { clock }: { clock: Clock }): DeadEventStore {
  const insert = connection.prepare(
    `INSERT INTO dead_events (died_at, reason, attempts, ${SHARED}) VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const move = connection.prepare(
    `INSERT INTO dead_events (died_at, reason, attempts, ${SHARED})
     SELECT ?, ?, attempts, ${SHARED} FROM queued_events WHERE id = ?`,
  );
  const leaveQueue = connection.prepare('DELETE FROM queued_events WHERE id = ?');
  const prune = connection.prepare(
    `DELETE FROM dead_events WHERE id <= (SELECT max(id) FROM dead_events) - ${KEPT}`,
  );
  const select = connection.prepare<DeadRow>(
    'SELECT * FROM dead_events WHERE ?1 IS NULL OR function = ?1 ORDER BY id DESC LIMIT ?2',
  );
  // A new request id: the records of the attempts that failed keep theirs. A chain begins anew.
  const revive = connection.prepare(
    `INSERT INTO queued_events
       (due_at, enqueued_at, request_id, function, trigger_type, trigger_source, parent_request_id, payload)
     SELECT ?, ?, ?, function, trigger_type, trigger_source, parent_request_id, payload
     FROM dead_events WHERE id = ?`,
  );
  const remove = connection.prepare('DELETE FROM dead_events WHERE id = ?');
  const count = connection.prepare<{ count: number }>('SELECT count(*) AS count FROM dead_events');

  return {
    add({ requestId, function: name, trigger, parentRequestId, payload }, reason) {
      const now = clock.now();
      insert.run(now, reason, now, requestId, name, trigger.type, trigger.source, parentRequestId, payload);
      prune.run();
    },
    bury: (queuedId, reason) =>
      connection.transaction(() => {
        move.run(clock.now(), reason, queuedId);
        leaveQueue.run(queuedId);
        prune.run();
      }),
    all: ({ function: name, limit = 1000 } = {}) => select.all(name ?? null, limit).map(toDeadEvent),
    revive: (id) =>
      connection.transaction(() => {
        const now = clock.now();
        const revived = revive.run(now, now, newRequestId(), id) > 0;
        remove.run(id);
        return revived;
      }),
    remove: (id) => remove.run(id) > 0,
    size: () => count.get()?.count ?? 0,
  };
}

const toDeadEvent = (row: DeadRow): DeadEvent => ({
  id: row.id,
  diedAt: row.died_at,
  reason: row.reason,
  attempts: row.attempts,
  enqueuedAt: row.enqueued_at,
  requestId: row.request_id,
  function: row.function,
  trigger: { type: row.trigger_type, source: row.trigger_source },
  parentRequestId: row.parent_request_id,
  payload: row.payload,
});
