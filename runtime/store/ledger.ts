import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { InvocationRecord } from '../core/types.ts';
import type { Connection } from './connection.ts';
import { countQuery, pageQuery } from './record-query.ts';
import type { Cursor } from './record-query.ts';
import { fromRecordRow, RECORD_COLUMNS, toRecordRow } from './record-row.ts';
import type { RecordRow } from './record-row.ts';
import type { Ledger, RecordFilter } from './store.ts';
import { createWriteBehind } from './write-behind.ts';

/** What a kill -9 may lose. */
const DELAY_MS = 100;
/** Records held at most: writing them holds the thread for about 0.6 ms, which no call notices. */
const BOUND = 100;
const PAGE = 1000;

/** The ledger of invocation records; `close` writes what is still held. */
export function createLedger(
  connection: Connection,
  context: { clock: Clock; log: Logger },
): Ledger & { close(): void } {
  const buffer = createWriteBehind<InvocationRecord>({
    ...context,
    what: 'invocation records',
    delayMs: DELAY_MS,
    bound: BOUND,
    blocked: () => connection.database.isTransaction,
    write: (records) => connection.transaction(() => insert(records)),
  });

  function insert(records: readonly InvocationRecord[]): void {
    const places = RECORD_COLUMNS.map(() => '?').join(', ');
    const sql = `INSERT INTO records (${RECORD_COLUMNS.join(', ')}) VALUES (${places})`;
    const statement = connection.prepare(sql);
    // One row a statement: rows of 20 or 50 were measured and gain nothing.
    for (const record of records) statement.run(...toRecordRow(record));
  }

  /** Pages through the matching rows; each row carries the cursor in its last two columns. */
  function* read<Row extends unknown[]>(columns: readonly string[], filter: RecordFilter): Generator<Row> {
    buffer.flush();
    const maxId =
      connection.prepare<{ id: number | null }>('SELECT max(id) AS id FROM records').get()?.id ?? 0;
    let left = filter.limit ?? Infinity;
    let after: Cursor | undefined;
    while (left > 0) {
      const limit = Math.min(PAGE, left);
      const query = pageQuery(columns, filter, { maxId, limit, after });
      const rows = connection.prepare<Row>(query.sql, { asArrays: true }).all(...query.values);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < limit) return;
      left -= rows.length;
      after = cursorOf(last);
    }
  }

  return {
    append: buffer.append,
    flush: buffer.flush,
    close: buffer.close,
    *records(filter = {}) {
      for (const row of read<RecordRow>(RECORD_COLUMNS, filter)) yield fromRecordRow(row);
    },
    count(filter = {}) {
      buffer.flush();
      const { sql, values } = countQuery(filter);
      return connection.prepare<{ count: number }>(sql).get(...values)?.count ?? 0;
    },
  };
}

const cursorOf = (row: readonly unknown[]): Cursor => ({
  receivedAt: Number(row.at(-2)),
  id: Number(row.at(-1)),
});
