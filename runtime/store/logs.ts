import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { LogLine } from '../core/types.ts';
import type { Connection } from './connection.ts';
import type { LogStore } from './store.ts';
import { createWriteBehind } from './write-behind.ts';

const DELAY_MS = 100;
/** Characters held before they are written at once. */
const BOUND = 1024 * 1024;
/** A line weighs its text and about this much besides. */
const ROW_BYTES = 150;
/** What is kept, whichever bound is met first. */
const KEPT_LINES = 100_000;
const KEPT_BYTES = 256 * 1024 * 1024;
/** Pruning in steps of this many lines costs a few milliseconds every so often. */
const PRUNE_EVERY = 2000;

const INSERT = `INSERT INTO log_lines (at, end_offset, function, instance, request_id, stream, level, line)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

type LogRow = Omit<LogLine, 'requestId'> & { id: number; request_id: string | null };

/** The functions' output and the runtime's own lines about them; `close` writes what is still held. */
export function createLogStore(
  connection: Connection,
  context: { clock: Clock; log: Logger },
  kept = { lines: KEPT_LINES, bytes: KEPT_BYTES },
): LogStore & { close(): void } {
  let sincePruned = 0;
  const buffer = createWriteBehind<LogLine>({
    ...context,
    what: 'log lines',
    delayMs: DELAY_MS,
    bound: BOUND,
    weigh: weightOf,
    blocked: () => connection.database.isTransaction,
    write: (lines) => connection.transaction(() => insert(lines)),
  });

  function insert(lines: readonly LogLine[]): void {
    const statement = connection.prepare(INSERT);
    let offset = newestOffset();
    for (const line of lines) {
      offset += weightOf(line);
      const { at, function: name, instance, requestId, stream, level } = line;
      statement.run(at, offset, name, instance, requestId, stream, level, line.line);
      sincePruned += 1;
      if (sincePruned >= PRUNE_EVERY) prune(offset);
    }
  }

  function newestOffset(): number {
    const sql = 'SELECT end_offset FROM log_lines ORDER BY id DESC LIMIT 1';
    return connection.prepare<{ end_offset: number }>(sql).get()?.end_offset ?? 0;
  }

  /** Ids and offsets grow together, so that only lines that are to go are looked at. */
  function prune(newest: number): void {
    sincePruned = 0;
    connection
      .prepare('DELETE FROM log_lines WHERE id <= (SELECT max(id) FROM log_lines) - ?')
      .run(kept.lines);
    connection
      .prepare(
        `DELETE FROM log_lines WHERE id <
          (SELECT id FROM log_lines WHERE end_offset > ? ORDER BY id LIMIT 1)`,
      )
      .run(newest - kept.bytes);
  }

  return {
    append: buffer.append,
    flush: buffer.flush,
    close: buffer.close,
    lines(filter = {}) {
      buffer.flush();
      const conditions = ['id > ?'];
      const values: (string | number)[] = [filter.afterId ?? 0];
      const add = (sql: string, value: string | number | undefined): void => {
        if (value === undefined) return;
        conditions.push(sql);
        values.push(value);
      };
      add('function = ?', filter.function);
      add('at >= ?', filter.since);
      add('request_id = ?', filter.requestId);
      return latest(conditions.join(' AND '), values, filter);
    },
  };

  /** A limit keeps the latest lines, or, for a follower that says where it stands, the next ones. */
  function latest(where: string, values: (string | number)[], filter: { limit?: number; afterId?: number }) {
    const following = filter.afterId !== undefined;
    const sql = `SELECT id, at, function, instance, request_id, stream, level, line FROM log_lines
      WHERE ${where} ORDER BY id ${following ? 'ASC' : 'DESC'} LIMIT ?`;
    const rows = connection.prepare<LogRow>(sql).all(...values, filter.limit ?? -1);
    const lines = rows.map(({ request_id: requestId, ...line }) => ({ ...line, requestId }));
    return following ? lines : lines.toReversed();
  }
}

const weightOf = (line: LogLine): number => line.line.length + ROW_BYTES;
