import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { bootstrapFile } from '../../runtime/deploy/bootstrap-bundle.ts';
import { dataDirId } from '../../runtime/core/ids.ts';
import { MARKS, snapshot } from '../../runtime/sandbox/process/family.ts';
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
  return ofSandboxes.map((path) => ({ sandboxId: path, sessionId: 'folder', dataDirId: id }));
}

driverContract('process', (settings) => createProcessDriver({ ...settings, bootstrapFile: bootstrap }), {
  runsFunctions: true,
  inventory,
  leaveDeadSession: (dataDir) => leaveDeadSession('process', dataDir, bootstrap),
  isAlive: async (pid) => (await processTable.one(pid)) !== undefined,
  async endFromOutside(sandbox) {
    const own = (await snapshot()).filter(({ marks }) => marks[MARKS.sandbox] === sandbox.id);
    const leader = own.find(({ info }) => info.parent === process.pid);
    if (leader) process.kill(leader.info.pid, 'SIGKILL');
  },
});
