/** For tests that need a container engine: whether one answers, and a client of its own to look behind the driver's back. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dataDirId } from '../../runtime/core/ids.ts';
import { connectEngine } from '../../runtime/sandbox/docker/engine.ts';
import type { Engine } from '../../runtime/sandbox/docker/engine.ts';
import type { Leftover } from './driver-contract.ts';

const found: Engine | Error = await connectEngine({}, process.env).catch((error: Error) => error);
if (found instanceof Error) {
  if (process.env['FAAS_TEST_DOCKER'] === 'required') throw found;
  console.warn(`tests that need a container engine are skipped: ${found.message}`);
}

/** Undefined where no engine answers: then the tests are skipped. FAAS_TEST_DOCKER=required makes that a failure. */
export const engine = found instanceof Error ? undefined : found;

/** Goes into the name of what is skipped, so that it says why. */
export const engineNote = found instanceof Error ? ` (skipped: ${found.message})` : '';

/** What the engine and the disk know of a data directory's sandboxes. */
export async function inventoryOf(engine: Engine, dataDir: string): Promise<Leftover[]> {
  const id = dataDirId(dataDir);
  const containers = await engine.docker.listContainers({
    all: true,
    filters: { label: [`faas.data-dir=${id}`] },
  });
  if (containers.length > 0) {
    return containers.map(({ Labels }) => ({
      sandboxId: Labels['faas.sandbox'] ?? '',
      sessionId: Labels['faas.session'] ?? '',
      dataDirId: id,
    }));
  }
  const folders = await readdir(join(dataDir, 'sandboxes/docker')).catch(() => []);
  return folders.map((sandboxId) => ({ sandboxId, sessionId: 'folder', dataDirId: id }));
}

/** Removes a sandbox's container as `docker rm -f` would. */
export async function removeFromOutside(engine: Engine, sandboxId: string): Promise<void> {
  const [container] = await engine.docker.listContainers({
    filters: { label: [`faas.sandbox=${sandboxId}`] },
  });
  if (container) await engine.docker.getContainer(container.Id).remove({ force: true });
}
