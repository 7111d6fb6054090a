/** What SQL from outside sees: views with a documented shape, and nothing of the tables beneath them. */
import { RECORD_COLUMNS } from './record-row.ts';

const iso = (column: string): string => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`;

/** When an instance entered a state for the first time. */
const entered = (state: string): string =>
  `(SELECT json_extract(value, '$.at') FROM json_each(states) WHERE json_extract(value, '$.state') = '${state}' LIMIT 1)`;

/** By name: the query it stands for. Documented in docs/open-data.md. */
export const QUERY_VIEWS = {
  records: `SELECT ${RECORD_COLUMNS.join(', ')}, ${iso('received_at')} AS received FROM main.records`,
  instances: `SELECT id, function, revision, driver, memory_mb, ${entered('starting')} AS started_at,
    ${entered('stopping')} AS ended_at, end_reason, calls, peak_memory_mb, states FROM main.instances`,
  logs: `SELECT id, at, function, instance, request_id, stream, level, line FROM main.log_lines`,
} as const;

/** All that a query may read: the views, what they stand on, and SQLite's readers of JSON. */
export const READABLE: ReadonlySet<string> = new Set([
  'records',
  'instances',
  'logs',
  'log_lines',
  'json_each',
  'json_tree',
]);

/**
 * For a Node whose SQLite has no authorizer (before 24.10): the first word in `sql` that a query may not hold. Stricter
 * than need be, because a name in quotes, in a text or in a comment counts as well.
 *
 * @param tables every table in the file
 */
export function forbiddenWord(sql: string, tables: readonly string[]): string | undefined {
  const forbidden = new Set(tables.map((name) => name.toLowerCase()).filter((name) => !READABLE.has(name)));
  const words = sql.toLowerCase().match(/\w+/gu) ?? [];
  return words.find((word) => forbidden.has(word) || /^(?:sqlite_|pragma)/u.test(word));
}

/** Only what reads may begin a statement. */
export const isReading = (sql: string): boolean =>
  /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*(?:select|with|values)\b/iu.test(sql);
