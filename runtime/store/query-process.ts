/**
 * One query, in a process of its own: reads it from stdin, answers on stdout. A query that never ends cannot be stopped
 * from inside SQLite, and a thread in one cannot be stopped at all; a process can.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { QueryAnswer, QueryRequest, QueryValue } from './query.ts';
import { forbiddenWord, isReading, QUERY_VIEWS, READABLE } from './query-views.ts';

const HEAP_BYTES = 256 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 2000;

function answer(asked: QueryRequest): QueryAnswer {
  try {
    const database = open(asked.dataDir);
    refuseForbidden(database, asked.sql);
    return read(database, asked);
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

function open(dataDir: string): DatabaseSync {
  const database = new DatabaseSync(join(dataDir, 'faas.db'), { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  database.exec(`PRAGMA hard_heap_limit = ${HEAP_BYTES}`);
  for (const [name, select] of Object.entries(QUERY_VIEWS)) {
    database.exec(`CREATE TEMP VIEW ${name} AS ${select}`);
  }
  return database;
}

function refuseForbidden(database: DatabaseSync, sql: string): void {
  if (!isReading(sql)) throw new Error('only SELECT, WITH and VALUES may begin a query');
  const all = database.prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").all();
  const tables = all.map(({ name }) => String(name).toLowerCase());
  // Node has it since 24.10; the type library knows it, an older Node does not.
  if (typeof database.setAuthorizer === 'function') {
    database.setAuthorizer(authorizer(new Set(tables)));
    return;
  }
  const word = forbiddenWord(sql, tables);
  if (word !== undefined) throw new Error(`a query may not name ${word}`);
}

const HARMLESS: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
]);

/** SQLite asks for everything that a statement is about to do. */
function authorizer(tables: ReadonlySet<string>) {
  return (action: number, table: string | null, column: string | null): number => {
    if (HARMLESS.has(action)) return constants.SQLITE_OK;
    if (action !== constants.SQLITE_READ || table === null) return constants.SQLITE_DENY;
    const name = table.toLowerCase();
    // Counting the rows of a query's own WITH names it and no column.
    const isOwn = column === '' && !tables.has(name);
    return READABLE.has(name) || isOwn ? constants.SQLITE_OK : constants.SQLITE_DENY;
  };
}

function read(database: DatabaseSync, { sql, parameters, maxRows, maxBytes }: QueryRequest): QueryAnswer {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  const rows: QueryValue[][] = [];
  let bytes = 0;
  for (const row of statement.iterate(...parameters)) {
    if (rows.length === maxRows || bytes > maxBytes)
      return { ok: true, columns: names(), rows, truncated: true };
    // The cast: setReturnArrays makes rows of values.
    const values = (row as unknown as SQLOutputValue[]).map(presentable);
    bytes += JSON.stringify(values).length;
    rows.push(values);
  }
  return { ok: true, columns: names(), rows, truncated: false };

  function names(): string[] {
    return statement.columns().map(({ name }) => name);
  }
}

const presentable = (value: SQLOutputValue): QueryValue => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return typeof value === 'bigint' ? Number(value) : value;
};

const request = JSON.parse(readFileSync(0, 'utf8')) as QueryRequest; // written by query.ts
process.stdout.write(JSON.stringify(answer(request)));
