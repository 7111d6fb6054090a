import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { bootstrapFile } from '../../runtime/deploy/bootstrap-bundle.ts';
import { createDockerDriver } from '../../runtime/sandbox/docker/index.ts';
import { leaveDeadSession } from './dead-session.ts';
import { engine, engineNote, inventoryOf, removeFromOutside } from './docker-engine.ts';
import { driverContract } from './driver-contract.ts';

const cacheDir = await mkdtemp(join(tmpdir(), 'faas-bootstrap-'));
const bootstrap = await bootstrapFile(cacheDir);
afterAll(() => rm(cacheDir, { recursive: true }));

describe.skipIf(!engine)(`docker${engineNote}`, () => {
  // Mounted files and a unix socket on an engine of this machine; copied files and a TCP port on any other.
  for (const transfer of ['mount', 'copy'] as const) {
    driverContract(
      `docker (${transfer})`,
      (settings) => createDockerDriver({ ...settings, bootstrapFile: bootstrap, docker: {}, transfer }),
      {
        runsFunctions: true,
        inventory: (dataDir) => inventoryOf(engine!, dataDir),
        holdsEscapes: true,
        limitsCpu: true,
        leaveDeadSession: (dataDir) => leaveDeadSession({ driver: 'docker', dataDir, bootstrap }),
        endFromOutside: ({ id }) => removeFromOutside(engine!, id),
      },
    );
  }
});
