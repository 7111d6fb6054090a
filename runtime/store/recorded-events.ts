import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { TriggerType } from '../core/types.ts';
import type { Connection } from './connection.ts';
import type { RecordedEvent, RecordedEventStore } from './store.ts';
import { createWriteBehind } from './write-behind.ts';

const DELAY_MS = 100;
/** Bytes held before they are written at once. */
const BOUND = 256 * 1024;
/** An event weighs its payload and about this much besides. */
const ROW_BYTES = 200;

interface EventRow {
  request_id: string;
  function: string;
  revision: string | null;
  received_at: number;
  trigger_type: TriggerType;
  trigger_source: string | null;
  payload: Uint8Array;
}

/** Events kept for replaying, the newest up to a number of bytes; `close` writes what is still held. */
export function createRecordedEventStore(
  connection: Connection,
  context: { clock: Clock; log: Logger },
): RecordedEventStore & { close(): void } {
  let maxBytes = Infinity;
  const buffer = createWriteBehind<RecordedEvent>({
    ...context,
    what: 'recorded events',
    delayMs: DELAY_MS,
    bound: BOUND,
    weigh: weightOf,
    blocked: () => connection.database.isTransaction,
    write: (events) => connection.transaction(() => insert(events)),
  });

  function insert(events: readonly RecordedEvent[]): void {
    const statement = connection.prepare(
      `INSERT INTO recorded_events
        (end_offset, request_id, function, revision, received_at, trigger_type, trigger_source, payload)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    let offset = newestOffset();
    for (const event of events) {
      const { requestId, function: name, revision, receivedAt, trigger, payload } = event;
      offset += weightOf(event);
      statement.run(offset, requestId, name, revision, receivedAt, trigger.type, trigger.source, payload);
    }
    prune(offset);
  }

  function newestOffset(): number {
    const sql = 'SELECT end_offset FROM recorded_events ORDER BY id DESC LIMIT 1';
    return connection.prepare<{ end_offset: number }>(sql).get()?.end_offset ?? 0;
  }

  /** Ids and offsets grow together, so that only events that are to go are looked at. */
  function prune(newest: number): void {
    if (newest <= maxBytes) return;
    const sql = `DELETE FROM recorded_events WHERE id <
      (SELECT id FROM recorded_events WHERE end_offset > ? ORDER BY id LIMIT 1)`;
    connection.prepare(sql).run(newest - maxBytes);
  }

  return {
    append: buffer.append,
    flush: buffer.flush,
    close: buffer.close,
    limit(bytes) {
      maxBytes = bytes;
    },
    newest({ function: name, since = 0, limit }) {
      buffer.flush();
      const sql = `SELECT request_id, function, revision, received_at, trigger_type, trigger_source, payload
        FROM recorded_events WHERE function = ? AND received_at >= ? ORDER BY received_at DESC, id DESC LIMIT ?`;
      return connection.prepare<EventRow>(sql).all(name, since, limit).map(toEvent);
    },
    count() {
      buffer.flush();
      const sql = 'SELECT count(*) AS count FROM recorded_events';
      return connection.prepare<{ count: number }>(sql).get()?.count ?? 0;
    },
  };
}

const weightOf = ({ payload }: RecordedEvent): number => payload.byteLength + ROW_BYTES;

const toEvent = (row: EventRow): RecordedEvent => ({
  requestId: row.request_id,
  function: row.function,
  revision: row.revision,
  receivedAt: row.received_at,
  trigger: { type: row.trigger_type, source: row.trigger_source },
  payload: row.payload,
});
