/** One runtime per data directory. The lock is the operating system's, so a runtime that was killed leaves none. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FaasError } from '../core/errors.ts';

/**
 * Takes the data directory for this process; the answer gives it back.
 *
 * @throws FaasError RuntimeAlreadyRunning when another process holds it
 */
export function lockDataDir(dataDir: string): () => void {
  const holderFile = join(dataDir, 'lock.pid');
  // SQLite's exclusive lock is the one portable file lock Node has without native code.
  const database = new DatabaseSync(join(dataDir, 'lock.db'), { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new FaasError('RuntimeAlreadyRunning', `another runtime uses ${dataDir}`, {
      expected: 'one runtime per data directory',
      got: `a runtime that holds it${holder(holderFile)}`,
      remedy: 'stop that one, or give this one a data directory of its own: --data-dir DIR',
      cause,
    });
  }
  writeFileSync(holderFile, String(process.pid));
  return () => database.close();
}

function holder(file: string): string {
  try {
    return ` (pid ${readFileSync(file, 'utf8')})`;
  } catch {
    return '';
  }
}
