import type { EndReason, InstanceTrail } from '../core/types.ts';
import type { Connection } from './connection.ts';
import type { InstanceStore } from './store.ts';

interface InstanceRow {
  id: string;
  function: string;
  revision: string;
  driver: string;
  memory_mb: number;
  states: string;
  end_reason: EndReason | null;
  calls: number;
  peak_memory_mb: number | null;
}

const COLUMNS = 'id, function, revision, driver, memory_mb, states, end_reason, calls, peak_memory_mb';

/** The trails of instances, ended ones and (as last saved) living ones. Nothing is ever removed. */
export function createInstanceStore(connection: Connection): InstanceStore {
  const save = connection.prepare(
    `INSERT INTO instances (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET states = excluded.states, end_reason = excluded.end_reason,
        calls = excluded.calls, peak_memory_mb = excluded.peak_memory_mb`,
  );
  // An update keeps the row's id, so that ids tell who came first.
  const all = connection.prepare<InstanceRow>(`SELECT ${COLUMNS} FROM instances ORDER BY rowid DESC LIMIT ?`);
  const ofFunction = connection.prepare<InstanceRow>(
    `SELECT ${COLUMNS} FROM instances WHERE function = ? ORDER BY rowid DESC LIMIT ?`,
  );
  return {
    save(trail) {
      const {
        id,
        function: name,
        revision,
        driver,
        memoryMb,
        states,
        endReason,
        calls,
        peakMemoryMb,
      } = trail;
      save.run(id, name, revision, driver, memoryMb, JSON.stringify(states), endReason, calls, peakMemoryMb);
    },
    all({ function: name, limit = -1 } = {}) {
      const rows = name === undefined ? all.all(limit) : ofFunction.all(name, limit);
      return rows.map(toTrail);
    },
  };
}

function toTrail(row: InstanceRow): InstanceTrail {
  return {
    id: row.id,
    function: row.function,
    revision: row.revision,
    driver: row.driver,
    memoryMb: row.memory_mb,
    // The cast: only `save` above writes this column.
    states: JSON.parse(row.states) as InstanceTrail['states'],
    endReason: row.end_reason,
    calls: row.calls,
    peakMemoryMb: row.peak_memory_mb,
  };
}
