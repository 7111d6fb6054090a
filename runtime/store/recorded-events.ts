import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Connection } from './connection.ts';
import { packEvents, unpackEvents } from './event-batch.ts';
import type { RecordedEvent, RecordedEventStore } from './store.ts';
import { createWriteBehind } from './write-behind.ts';

const DELAY_MS = 100;
/** Bytes held before they are written at once. */
const BOUND = 256 * 1024;
/** An event weighs its payload and about this much besides. */
const EVENT_BYTES = 100;

interface BatchRow {
  function: string;
  revision: string | null;
  events: Uint8Array;
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
      `INSERT INTO recorded_events (end_offset, function, revision, last_at, count, events)
        VALUES (?, ?, ?, ?, ?, ?)`,
    );
    let offset = newestOffset();
    const batches = Map.groupBy(events, (event) => `${event.function} ${event.revision ?? ''}`);
    for (const batch of batches.values()) {
      const [{ function: name, revision }] = batch as [RecordedEvent]; // a group has a member
      const lastAt = Math.max(...batch.map(({ receivedAt }) => receivedAt));
      offset += batch.reduce((sum, event) => sum + weightOf(event), 0);
      statement.run(offset, name, revision, lastAt, batch.length, packEvents(batch));
    }
    prune(offset);
  }

  function newestOffset(): number {
    const sql = 'SELECT end_offset FROM recorded_events ORDER BY id DESC LIMIT 1';
    return connection.prepare<{ end_offset: number }>(sql).get()?.end_offset ?? 0;
  }

  /** Ids and offsets grow together, so that only batches that are to go are looked at. */
  function prune(newest: number): void {
    if (newest <= maxBytes) return;
    const sql = `DELETE FROM recorded_events WHERE id <
      (SELECT id FROM recorded_events WHERE end_offset > ? ORDER BY id LIMIT 1)`;
    connection.prepare(sql).run(newest - maxBytes);
  }

  /** Newest first, a batch at a time. */
  function* batches(functionName: string, since: number): Generator<RecordedEvent[]> {
    const sql = `SELECT function, revision, events FROM recorded_events
      WHERE function = ? AND last_at >= ? ORDER BY last_at DESC, id DESC LIMIT 1 OFFSET ?`;
    const statement = connection.prepare<BatchRow>(sql);
    for (let skipped = 0; ; skipped += 1) {
      const row = statement.get(functionName, since, skipped);
      if (!row) return;
      yield unpackEvents(row.events, { function: row.function, revision: row.revision }).toSorted(
        (a, b) => b.receivedAt - a.receivedAt,
      );
    }
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
      const found: RecordedEvent[] = [];
      for (const batch of batches(name, since)) {
        found.push(...batch.filter(({ receivedAt }) => receivedAt >= since));
        if (found.length >= limit) break;
      }
      return found.toSorted((a, b) => b.receivedAt - a.receivedAt).slice(0, limit);
    },
    count() {
      buffer.flush();
      const sql = 'SELECT total(count) AS count FROM recorded_events';
      return connection.prepare<{ count: number }>(sql).get()?.count ?? 0;
    },
  };
}

const weightOf = ({ payload }: RecordedEvent): number => payload.byteLength + EVENT_BYTES;
