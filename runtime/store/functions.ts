import type { DeployedFunction } from '../core/types.ts';
import type { Connection } from './connection.ts';
import type { FunctionStore } from './store.ts';

/** Revisions kept of each function besides those that are needed: to compare with, and to go back to. */
const KEPT_REVISIONS = 3;

/** The deployed functions and what they were before, one JSON document each: they are few and always read whole. */
export function createFunctionStore(connection: Connection): FunctionStore {
  const save = connection.prepare(
    `INSERT INTO functions (name, deployed) VALUES (?, ?)
      ON CONFLICT (name) DO UPDATE SET deployed = excluded.deployed`,
  );
  const remove = connection.prepare('DELETE FROM functions WHERE name = ?');
  const all = connection.prepare<{ deployed: string }>('SELECT deployed FROM functions ORDER BY name');
  const saveRevision = connection.prepare(
    `INSERT INTO revisions (function, revision, deployed_at, deployed) VALUES (?, ?, ?, ?)
      ON CONFLICT (function, revision) DO UPDATE SET deployed_at = excluded.deployed_at, deployed = excluded.deployed`,
  );
  const history = connection.prepare<{ deployed: string }>(
    'SELECT deployed FROM revisions WHERE function = ? ORDER BY deployed_at DESC',
  );
  return {
    save(deployed) {
      const { settings, revision, deployedAt } = deployed;
      const text = JSON.stringify(deployed);
      save.run(settings.name, text);
      saveRevision.run(settings.name, revision.id, deployedAt, text);
    },
    history: (name) => history.all(name).map((row) => parseDeployed(row.deployed)),
    keepRevisions() {
      connection.prepare(FORGET_REVISIONS).run(KEPT_REVISIONS);
      const kept = connection.prepare<{ revision: string }>(KEPT).all();
      return new Set(kept.map(({ revision }) => revision));
    },
    remove: (name) => remove.run(name) > 0,
    all: () => all.all().map((row) => parseDeployed(row.deployed)),
  };
}

/** The present revision is among them also where it was deployed by a version that kept no others. */
const KEPT = `SELECT revision FROM revisions
  UNION SELECT json_extract(deployed, '$.revision.id') AS revision FROM functions`;

/** All but the latest few of each deployed function, and those that recorded events ran on. */
const FORGET_REVISIONS = `DELETE FROM revisions WHERE (function, revision) NOT IN (
  SELECT function, revision FROM (
    SELECT function, revision, row_number() OVER (PARTITION BY function ORDER BY deployed_at DESC) AS age
    FROM revisions JOIN functions ON functions.name = revisions.function
  ) WHERE age <= ?
  UNION SELECT function, revision FROM recorded_events WHERE revision IS NOT NULL
)`;

function parseDeployed(text: string): DeployedFunction {
  // The cast: only `save` above writes this column.
  const deployed = JSON.parse(text) as DeployedFunction;
  // JSON knows no undefined; the type wants the key.
  deployed.settings.handler ??= undefined;
  return deployed;
}
