import type { DeployedFunction } from '../core/types.ts';
import type { Connection } from './connection.ts';
import type { FunctionStore } from './store.ts';

/** The deployed functions, one JSON document each: they are few and always read whole. */
export function createFunctionStore(connection: Connection): FunctionStore {
  const save = connection.prepare(
    `INSERT INTO functions (name, deployed) VALUES (?, ?)
      ON CONFLICT (name) DO UPDATE SET deployed = excluded.deployed`,
  );
  const remove = connection.prepare('DELETE FROM functions WHERE name = ?');
  const all = connection.prepare<{ deployed: string }>('SELECT deployed FROM functions ORDER BY name');
  return {
    save: (deployed) => void save.run(deployed.settings.name, JSON.stringify(deployed)),
    remove: (name) => remove.run(name) > 0,
    all: () => all.all().map((row) => parseDeployed(row.deployed)),
  };
}

function parseDeployed(text: string): DeployedFunction {
  // The cast: only `save` above writes this column.
  const deployed = JSON.parse(text) as DeployedFunction;
  // JSON knows no undefined; the type wants the key.
  deployed.settings.handler ??= undefined;
  return deployed;
}
