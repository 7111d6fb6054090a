/** A sandbox with a function inside that evaluates what it is sent, to look around from within. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newShortId } from '../../../runtime/core/ids.ts';
import { silentLogger } from '../../../runtime/core/log.ts';
import type { Revision } from '../../../runtime/core/types.ts';
import { bootstrapFile } from '../../../runtime/deploy/bootstrap-bundle.ts';
import { createDockerDriver } from '../../../runtime/sandbox/docker/index.ts';
import type { DockerDriverOptions } from '../../../runtime/sandbox/docker/index.ts';
import type { Driver, Sandbox, SandboxSpec } from '../../../runtime/sandbox/sandbox.ts';
import { prepare } from '../../contract/harness.ts';

/** `require` is at hand in the evaluated text; what it gives is awaited and returned, errors as `{ error }`. */
const EVALUATE = `
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const AsyncFunction = (async () => {}).constructor;
export const handler = ({ code }) =>
  new AsyncFunction('require', code)(require).catch((error) => ({ error: error.code ?? error.message }));
`;

export interface Workshop {
  driver: Driver;
  dataDir: string;
  revision: Revision;
  /** Evaluates in a sandbox of its own, or in one made before. */
  evaluate: (code: string, settings?: Partial<SandboxSpec>) => Promise<unknown>;
  create: (settings?: Partial<SandboxSpec>) => Promise<Evaluating>;
  close(): Promise<void>;
}

interface Evaluating {
  sandbox: Sandbox;
  evaluate: (code: string) => Promise<unknown>;
}

/** A started driver on a data directory of its own. */
export async function openWorkshop(options: Partial<DockerDriverOptions> = {}): Promise<Workshop> {
  const dataDir = await mkdtemp(join(tmpdir(), 'faas-'));
  const artifactDir = await mkdtemp(join(tmpdir(), 'faas-artifact-'));
  await writeFile(join(artifactDir, 'index.mjs'), EVALUATE);
  const driver = createDockerDriver({
    dataDir,
    sessionId: newShortId(),
    log: silentLogger,
    bootstrapFile: await bootstrapFile(join(dataDir, 'cache')),
    docker: {},
    ...options,
  });
  await driver.start();
  const revision: Revision = {
    id: 'aaaaaaaaaaaa',
    functionName: 'evaluate',
    artifactDir,
    entry: 'index.mjs',
    exportName: 'handler',
    sizeBytes: 0,
    inputs: [],
  };
  const create: Workshop['create'] = async (settings) => {
    const { sandbox, init, invoke } = await prepare(driver, settings, revision);
    const answer = await init('handler');
    if (answer.type !== 'initialized') throw new Error(JSON.stringify(answer));
    const evaluate = async (code: string): Promise<unknown> => {
      const called = await invoke({ code });
      return called.type === 'result' ? called.value : called;
    };
    return { sandbox, evaluate };
  };
  return {
    driver,
    dataDir,
    revision,
    create,
    async evaluate(code, settings) {
      const { sandbox, evaluate } = await create(settings);
      try {
        return await evaluate(code);
      } finally {
        await sandbox.kill();
      }
    },
    async close() {
      await driver.close();
      await Promise.all([dataDir, artifactDir].map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}
