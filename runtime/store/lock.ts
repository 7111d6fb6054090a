/** One runtime per data directory. The lock is the operating system's, so a runtime that was killed leaves none. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FaasError } from '../core/errors.ts';
import { storeError } from './store-error.ts';

/**
 * Takes the data directory for this process; the answer gives it back.
 *
 * @throws FaasError RuntimeAlreadyRunning when another process holds it
 */
export function lockDataDir(dataDir: string): () => void {
  const holderFile = join(dataDir, 'lock.pid');
  const file = join(dataDir, 'lock.db');
  let database: DatabaseSync | undefined;
  try {
    // SQLite's exclusive lock is the one portable file lock Node has without native code.
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    writeFileSync(holderFile, String(process.pid));
  } catch (cause) {
    database?.close();
    if (!isBusy(cause)) throw storeError(cause, file);
    throw new FaasError('RuntimeAlreadyRunning', `another runtime uses ${dataDir}`, {
      expected: 'one runtime per data directory',
      got: `a runtime that holds it${holder(holderFile)}`,
      remedy: 'stop that one, or give this one a data directory of its own: --data-dir DIR',
      cause,
    });
  }
  const held = database;
  return () => held.close();
}

const SQLITE_BUSY = 5;

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;

function holder(file: string): string {
  try {
    return ` (pid ${readFileSync(file, 'utf8')})`;
  } catch {
    return '';
  }
}
