import type { DatabaseSync } from 'node:sqlite';
import { FaasError } from '../core/errors.ts';

/** What brings the tables of one component from version n (its index) to n + 1. Never edited once released. */
export type Migration = string;

/** The part of a connection that migrations need. */
interface Migratable {
  readonly database: DatabaseSync;
  transaction<T>(work: () => T): T;
}

/**
 * Brings the tables of `component` to the newest version, all steps or none. Forward only.
 * Each component (the store, the S3 gateway) counts its own version in the shared file.
 * Throws StoreFailed when the file was written by a newer faas.
 */
export function migrate(store: Migratable, component: string, migrations: readonly Migration[]): void {
  store.database.exec(
    'CREATE TABLE IF NOT EXISTS schema_versions (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT',
  );
  if (versionOf(store.database, component) === migrations.length) return;
  store.transaction(() => {
    // Read again inside the lock: another process may just have migrated.
    const version = versionOf(store.database, component);
    refuseNewer(component, version, migrations.length);
    for (const migration of migrations.slice(version)) store.database.exec(migration);
    store.database
      .prepare('INSERT OR REPLACE INTO schema_versions (component, version) VALUES (?, ?)')
      .run(component, migrations.length);
  });
}

/** For readers, which may not migrate: throws StoreFailed unless the tables are of this very version. */
export function requireVersion(database: DatabaseSync, component: string, expected: number): void {
  const version = versionOf(database, component);
  refuseNewer(component, version, expected);
  if (version === expected) return;
  throw new FaasError('StoreFailed', `the tables of ${component} are older than this faas`, {
    expected: `version ${expected}`,
    got: `version ${version}`,
    remedy: 'Run faas start once: it brings them up to date.',
  });
}

function versionOf(database: DatabaseSync, component: string): number {
  const known = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_versions'").get();
  if (known === undefined) return 0;
  const row = database.prepare('SELECT version FROM schema_versions WHERE component = ?').get(component);
  return Number(row?.['version'] ?? 0);
}

function refuseNewer(component: string, version: number, newest: number): void {
  if (version <= newest) return;
  throw new FaasError('StoreFailed', `the tables of ${component} were written by a newer faas`, {
    expected: `at most version ${newest}`,
    got: `version ${version}`,
    remedy: 'Update faas, or choose another folder with --data-dir.',
  });
}
