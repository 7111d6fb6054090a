import { FaasError } from '../core/errors.ts';

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) that have a remedy of their own. */
const SQLITE = {
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  CONSTRAINT: 19,
  NOTADB: 26,
} as const;

interface SqliteError extends Error {
  /** The extended result code; its low byte is the primary one. */
  errcode: number;
  errstr: string;
}

const isSqliteError = (error: unknown): error is SqliteError =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';

const primaryCode = (error: SqliteError): number => error.errcode & 0xff;

/** Whether the same write may succeed later: the row is right, the disk or the lock was not. */
export function isWorthRetrying(error: unknown): boolean {
  const cause = error instanceof FaasError ? error.cause : error;
  if (!isSqliteError(cause)) return false;
  const code = primaryCode(cause);
  return code === SQLITE.BUSY || code === SQLITE.LOCKED || code === SQLITE.FULL || code === SQLITE.IOERR;
}

/** `error` as StoreFailed with a remedy when SQLite raised it, else unchanged. */
export function storeError(error: unknown, file: string): unknown {
  if (!isSqliteError(error)) return error;
  return new FaasError('StoreFailed', `${file}: ${error.message}`, {
    ...adviceFor(primaryCode(error), file),
    got: `SQLite error ${error.errcode}, ${error.errstr}`,
    cause: error,
  });
}

function adviceFor(code: number, file: string): { expected?: string; remedy: string } {
  switch (code) {
    case SQLITE.BUSY:
    case SQLITE.LOCKED:
      return {
        expected: 'a database that no other program is writing',
        remedy: 'Try again; if it persists, look for another runtime on this data directory (faas status).',
      };
    case SQLITE.READONLY:
    case SQLITE.CANTOPEN:
      return {
        expected: 'a data directory this user can read and write',
        remedy: 'Check the owner and mode of the folder, or choose another one with --data-dir.',
      };
    case SQLITE.FULL:
      return { expected: 'free disk space', remedy: 'Free some space; faas clean removes old builds.' };
    case SQLITE.CORRUPT:
    case SQLITE.NOTADB:
      return {
        expected: 'a SQLite database written by faas',
        remedy: `Move ${file} (with its -wal and -shm) away and start again: records and logs begin anew, functions of the config are deployed again.`,
      };
    case SQLITE.IOERR:
      return { expected: 'a disk that answers', remedy: 'Check the disk and the system log.' };
    default:
      return { remedy: 'This is a defect of faas: please report it with the message above.' };
  }
}
