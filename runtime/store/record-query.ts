/** Which records a filter asks for, as SQL. Pure. */
import type { SQLInputValue } from 'node:sqlite';
import type { RecordFilter } from './store.ts';

export interface Query {
  sql: string;
  values: SQLInputValue[];
}

/** Where the next page begins: after this record. */
export interface Cursor {
  receivedAt: number;
  id: number;
}

/** One segment of `records_by_request` a row, up to the newest record. */
const SEGMENTS = `WITH RECURSIVE segments(segment) AS (
  SELECT 0 UNION ALL SELECT segment + 1 FROM segments WHERE segment < (SELECT max(id) >> 9 FROM records)
) `;

/**
 * One page of matching records up to row `maxId`, ordered by time. The page carries `received_at` and
 * `id` as its last two columns: the next page's cursor.
 *
 * Pages instead of one long-running statement, because a reader may take minutes (an HTTP client) and
 * an open read would keep the write-ahead log from being checkpointed.
 */
export function pageQuery(
  columns: readonly string[],
  filter: RecordFilter,
  page: { maxId: number; limit: number; after: Cursor | undefined },
): Query {
  const { from, conditions, values } = condition(filter);
  conditions.push('records.id <= ?');
  values.push(page.maxId);
  if (page.after !== undefined) {
    conditions.push(`(received_at, records.id) ${filter.newestFirst ? '<' : '>'} (?, ?)`);
    values.push(page.after.receivedAt, page.after.id);
  }
  const direction = filter.newestFirst ? 'DESC' : 'ASC';
  return {
    sql: `${from.with}SELECT ${columns.join(', ')}, received_at, records.id FROM ${from.tables}
      WHERE ${conditions.join(' AND ')}
      ORDER BY received_at ${direction}, records.id ${direction} LIMIT ?`,
    values: [...values, page.limit],
  };
}

export function countQuery(filter: RecordFilter): Query {
  const { from, conditions, values } = condition(filter);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return { sql: `${from.with}SELECT count(*) AS count FROM ${from.tables}${where}`, values };
}

function condition(filter: RecordFilter) {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (sql: string, value: SQLInputValue | undefined): void => {
    if (value === undefined) return;
    conditions.push(sql);
    values.push(value);
  };
  add('records.id >> 9 = segment AND request_id = ?', filter.requestId);
  add('function = ?', filter.function);
  add('received_at >= ?', filter.since);
  add('received_at < ?', filter.until);
  add('outcome = ?', filter.outcome);
  add('trigger_type = ?', filter.triggerType);
  // CROSS JOIN fixes the order: segments outside, the index probe inside.
  const from =
    filter.requestId === undefined
      ? { with: '', tables: 'records' }
      : { with: SEGMENTS, tables: 'segments CROSS JOIN records' };
  return { from, conditions, values };
}
