import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { FaasError } from '../core/errors.ts';
import { storeError } from './store-error.ts';

/** How long a statement waits for another process (the CLI beside a runtime) before it gives up. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Pages of write-ahead log (16 MB) before it is copied into the database, which waits for the disk. Four
 * times SQLite's default: the same pages are written over and over, so that fewer copies are less work.
 */
const CHECKPOINT_PAGES = 4000;

/** One prepared statement; its failures are StoreFailed with a remedy. */
export interface Statement<Row> {
  /** Returns how many rows changed. */
  run(...values: SQLInputValue[]): number;
  get(...values: SQLInputValue[]): Row | undefined;
  all(...values: SQLInputValue[]): Row[];
}

/** One open database file. */
export interface Connection {
  readonly database: DatabaseSync;
  /** Prepared once per SQL text. `Row` must describe the selected columns: SQLite cannot tell. */
  prepare<Row = never>(sql: string, options?: { asArrays?: boolean }): Statement<Row>;
  transaction<T>(this: void, work: () => T): T;
  close(): void;
}

/**
 * Opens `file`, creating it (mode 0600: events and environments may hold secrets) unless `readOnly`.
 *
 * WAL lets readers of other processes read while we write. With synchronous NORMAL a kill -9 loses
 * nothing that was committed; a power cut may lose the last commits but never corrupts.
 */
export function openConnection(file: string, { readOnly = false } = {}): Connection {
  const database = openDatabase(file, readOnly);
  const statements = new Map<string, Statement<unknown>>();
  return {
    database,
    prepare<Row>(sql: string, options: { asArrays?: boolean } = {}) {
      const { asArrays = false } = options;
      const key = asArrays ? `[] ${sql}` : sql;
      const known = statements.get(key);
      // The cast: the caller names the row type of its own SQL; see the interface.
      if (known !== undefined) return known as Statement<Row>;
      const prepared = prepareStatement<Row>(database, file, sql, asArrays);
      statements.set(key, prepared);
      return prepared;
    },
    transaction: (work) => inTransaction(database, file, work),
    close: () => database.close(),
  };
}

function openDatabase(file: string, readOnly: boolean): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (readOnly) refuseMissing(file);
    else createPrivately(file);
    database = new DatabaseSync(file, { readOnly, timeout: BUSY_TIMEOUT_MS });
    database.exec('PRAGMA foreign_keys = ON');
    if (!readOnly) {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    }
    // Opening reads nothing; this is where a file that is no database shows itself.
    database.exec('SELECT count(*) FROM sqlite_schema');
    return database;
  } catch (error) {
    database?.close();
    throw fileError(storeError(error, file), file);
  }
}

function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  closeSync(openSync(file, 'a', 0o600));
}

function refuseMissing(file: string): void {
  if (existsSync(file)) return;
  throw new FaasError('StoreFailed', `${file} does not exist`, {
    expected: 'a data directory that a runtime has written',
    remedy: 'Run faas start once, or name another folder with --data-dir.',
  });
}

/** The errors of mkdir and open, which come as Node's and not as SQLite's. */
function fileError(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new FaasError('StoreFailed', `${file}: ${error.message}`, {
    expected: 'a data directory this user can read and write',
    remedy: 'Check the owner and mode of the folder, or choose another one with --data-dir.',
    cause: error,
  });
}

function prepareStatement<Row>(
  database: DatabaseSync,
  file: string,
  sql: string,
  asArrays: boolean,
): Statement<Row> {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw storeError(error, file);
    }
  };
  const statement: StatementSync = guarded(() => database.prepare(sql));
  if (asArrays) statement.setReturnArrays(true);
  return {
    run: (...values) => guarded(() => Number(statement.run(...values).changes)),
    // The casts: the caller names the row type of its own SQL; see the interface.
    get: (...values) => guarded(() => statement.get(...values) as Row | undefined),
    all: (...values) => guarded(() => statement.all(...values) as Row[]),
  };
}

function inTransaction<T>(database: DatabaseSync, file: string, work: () => T): T {
  if (database.isTransaction) {
    throw new FaasError('Internal', 'a transaction was begun inside another', {
      remedy: 'Do the inner work directly: it is part of the outer transaction.',
    });
  }
  try {
    database.exec('BEGIN IMMEDIATE');
    const result = work();
    // A promise would go on writing after the commit.
    if (result instanceof Promise) throw new FaasError('Internal', 'a transaction must be synchronous');
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has already rolled back by itself after some failures, a full disk for one.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw storeError(error, file);
  }
}
