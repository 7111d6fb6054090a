import { globSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll } from 'vitest';
import { bootstrapFile } from '../../runtime/deploy/bootstrap-bundle.ts';
import { dataDirId } from '../../runtime/core/ids.ts';
import { MARKS, snapshot } from '../../runtime/sandbox/process/family.ts';
import { SessionGroups } from '../../runtime/sandbox/process/cgroup/session-groups.ts';
import { createProcessDriver } from '../../runtime/sandbox/process/index.ts';
import { processTable } from '../../runtime/sandbox/process/process-table.ts';
import { leaveDeadSession } from './dead-session.ts';
import { driverContract, type Leftover } from './driver-contract.ts';

const cache = await mkdtemp(join(tmpdir(), 'faas-bootstrap-'));
const bootstrap = await bootstrapFile(cache);
afterAll(() => rm(cache, { recursive: true }));

async function inventory(dataDir: string): Promise<Leftover[]> {
  const id = dataDirId(dataDir);
  const processes = (await snapshot())
    .filter(({ marks }) => marks[MARKS.dataDir] === id)
    .map(({ marks }) => ({
      sandboxId: marks[MARKS.sandbox] ?? '',
      sessionId: marks[MARKS.session] ?? '',
      dataDirId: id,
    }));
  if (processes.length > 0) return processes;
  const folders = await readdir(join(dataDir, 'sandboxes'), { recursive: true }).catch(() => []);
  const ofSandboxes = folders.filter((path) => /^\w+\/[0-9a-f]{12}/.test(path));
  const groups = globSync(`/sys/fs/cgroup/**/faas.${id}.*/*/`).map((path) => basename(path));
  return [
    ...ofSandboxes.map((path) => ({ sandboxId: path, sessionId: 'folder', dataDirId: id })),
    ...groups.map((path) => ({ sandboxId: path, sessionId: 'group', dataDirId: id })),
  ];
}

// Held by control groups where this machine has them for us, and without.
const canGroup = await SessionGroups.open(`faas.test.${process.pid}`);
await canGroup?.close();
if (!canGroup)
  console.warn('no control groups for this user: the process driver is tested without them only');

for (const controlGroups of canGroup ? [true, false] : [false]) {
  driverContract(
    controlGroups ? 'process (control groups)' : 'process',
    (settings) => createProcessDriver({ ...settings, bootstrapFile: bootstrap, controlGroups }),
    {
      runsFunctions: true,
      inventory,
      leaveDeadSession: (dataDir) =>
        leaveDeadSession({ driver: 'process', dataDir, bootstrap, controlGroups }),
      holdsEscapes: controlGroups,
      limitsCpu: controlGroups && (canGroup?.can('cpu') ?? false),
      isAlive: async (pid) => (await processTable.one(pid)) !== undefined,
      async endFromOutside(sandbox) {
        const own = (await snapshot()).filter(({ marks }) => marks[MARKS.sandbox] === sandbox.id);
        const leader = own.find(({ info }) => info.parent === process.pid);
        if (leader) process.kill(leader.info.pid, 'SIGKILL');
      },
    },
  );
}
