import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataDirId, newShortId } from '../../../runtime/core/ids.ts';
import { createDockerDriver, listLeftovers, removeLeftovers } from '../../../runtime/sandbox/docker/index.ts';
import { engine, engineNote, inventoryOf } from '../../contract/docker-engine.ts';
import { spec } from '../../contract/harness.ts';
import { EngineProxy } from './engine-proxy.ts';
import { openWorkshop } from './subject.ts';
import type { Workshop } from './subject.ts';

describe.skipIf(!engine)(`an engine that goes away and comes back${engineNote}`, () => {
  let folder: string;
  let proxy: EngineProxy;
  let workshop: Workshop;
  const warnings: string[] = [];
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message: string) => void warnings.push(message),
    error: () => undefined,
  };

  beforeEach(async () => {
    warnings.length = 0;
    folder = await mkdtemp(join(tmpdir(), 'faas-'));
    proxy = await EngineProxy.open(engine!.endpoint, join(folder, 'engine.sock'));
    workshop = await openWorkshop({ docker: { host: proxy.host }, log });
  });
  afterEach(async () => {
    await workshop.close();
    await proxy.cut();
    await rm(folder, { recursive: true });
  });

  const containerOf = (id: string): ReturnType<NonNullable<typeof engine>['docker']['getContainer']> =>
    engine!.docker.getContainer(`faas-subject-${id}`);

  test('leaves sandboxes working meanwhile, and ends are heard of again afterwards', async () => {
    const { sandbox, evaluate } = await workshop.create();
    await proxy.cut();
    expect(await evaluate('return 1 + 1')).toBe(2);
    await proxy.restore();
    await containerOf(sandbox.id).remove({ force: true });
    expect(await sandbox.exited).toMatchObject({ outside: true });
    expect(warnings).toEqual([expect.stringContaining('dropped')]);
  });

  test('tells of what was removed, killed or exited while it was away', async () => {
    const sandboxes = await Promise.all([1, 2, 3].map(() => workshop.create()));
    const [removed, killed, exits] = sandboxes.map(({ sandbox }) => sandbox);
    await proxy.cut();
    await containerOf(removed!.id).remove({ force: true });
    await containerOf(killed!.id).kill();
    void sandboxes[2]!.evaluate('process.exit(9)').catch(() => undefined);
    await exits!.channel.closed;
    await proxy.restore();
    expect(await removed!.exited).toMatchObject({ outside: true });
    expect(await killed!.exited).toMatchObject({ signal: 'SIGKILL', outside: true });
    expect(await exits!.exited).toMatchObject({ code: 9, outside: false });
  });

  test('makes a new sandbox fail by name, and the next one work', async () => {
    await proxy.cut();
    await expect(workshop.driver.create(spec())).rejects.toMatchObject({ code: 'EngineUnavailable' });
    await proxy.restore();
    expect(await workshop.evaluate('return 1 + 1')).toBe(2);
    expect(await readdir(join(workshop.dataDir, 'sandboxes/docker'))).toEqual([]);
  });

  test('lets a kill that was asked for meanwhile finish', async () => {
    const { sandbox } = await workshop.create();
    await proxy.cut();
    const killed = sandbox.kill();
    await proxy.restore();
    await killed;
    expect(await inventoryOf(engine!, workshop.dataDir)).toEqual([]);
  });
});

describe.skipIf(!engine)(`an engine over TCP${engineNote}`, () => {
  test('runs functions whose files are copied to it', async () => {
    const proxy = await EngineProxy.open(engine!.endpoint);
    const workshop = await openWorkshop({ docker: { host: proxy.host }, transfer: 'copy' });
    expect(await workshop.evaluate('return process.cwd()')).toBe('/var/task');
    expect(await readdir(join(workshop.dataDir, 'sandboxes/docker')).catch(() => [])).toEqual([]);
    await workshop.close();
    await proxy.cut();
    expect(await volumesOf(workshop.dataDir)).toEqual([]);
  });
});

async function volumesOf(dataDir: string): Promise<string[]> {
  const filters = { label: [`faas.data-dir=${dataDirId(dataDir)}`] };
  return (await engine!.docker.listVolumes({ filters })).Volumes.map(({ Name }) => Name);
}

describe.skipIf(!engine)(`what a dead session left${engineNote}`, () => {
  test('is listed and removed on demand, frozen containers too, and nothing of the living', async () => {
    const dead = await openWorkshop();
    const living = await openWorkshop();
    const { sandbox } = await dead.create();
    const alive = await living.create();
    await sandbox.freeze();

    const options = { docker: {}, env: process.env, dataDir: dead.dataDir };
    expect(await listLeftovers(options)).toMatchObject([
      { sandboxId: sandbox.id, functionName: 'subject', state: expect.stringMatching(/running|paused/) },
    ]);
    expect(await removeLeftovers(options)).toHaveLength(1);
    expect(await listLeftovers(options)).toEqual([]);
    expect(await alive.evaluate('return 1')).toBe(1);
    expect(await sandbox.exited).toMatchObject({ outside: true });
    await Promise.all([dead.close(), living.close()]);
  });

  test('in volumes is swept, also when somebody removed the container and kept them', async () => {
    const dead = await openWorkshop({ transfer: 'copy' });
    const { sandbox } = await dead.create();
    await engine!.docker.getContainer(`faas-subject-${sandbox.id}`).remove({ force: true });
    expect(await volumesOf(dead.dataDir)).toHaveLength(2);
    const next = await openWorkshop({ dataDir: dead.dataDir, sessionId: newShortId() });
    expect(await volumesOf(dead.dataDir)).toEqual([]);
    await Promise.all([dead.close(), next.close()]);
  });

  test('is swept by the next start while it is frozen', async () => {
    const dead = await openWorkshop();
    const { sandbox } = await dead.create();
    await sandbox.freeze();
    const next = await openWorkshop({ dataDir: dead.dataDir, sessionId: newShortId() });
    expect(await inventoryOf(engine!, dead.dataDir)).toEqual([]);
    await Promise.all([dead.close(), next.close()]);
  });
});

describe.skipIf(!engine)(`a driver${engineNote}`, () => {
  test('refuses a network that does not exist, and says how to make it', async () => {
    await expect(openWorkshop({ docker: { network: 'faas-no-such-network' } })).rejects.toMatchObject({
      code: 'ConfigInvalid',
      remedy: expect.stringContaining('docker network create faas-no-such-network'),
    });
  });

  test('keeps its socket elsewhere when the data directory is too deep for one', async () => {
    const root = await mkdtemp(join(tmpdir(), 'faas-'));
    const dataDir = join(root, 'deep'.repeat(25), 'data');
    const prefix = `faas-${dataDirId(dataDir)}-`;
    const elsewhere = async () => (await readdir(tmpdir())).filter((name) => name.startsWith(prefix));
    const workshop = await openWorkshop({ dataDir });
    expect(await workshop.evaluate('return 1 + 1')).toBe(2);
    expect(await elsewhere()).toEqual([]);
    await workshop.close();

    // What a killed session left there goes with its containers, whoever removes them.
    await mkdir(join(tmpdir(), `${prefix}0123456789ab`));
    await removeLeftovers({ docker: {}, env: process.env, dataDir });
    expect(await elsewhere()).toEqual([]);
    await rm(root, { recursive: true });
  });

  test('that was never started closes', async () => {
    const options = { dataDir: tmpdir(), sessionId: 'x', log: console, bootstrapFile: '', docker: {} };
    await expect(createDockerDriver(options).close()).resolves.toBeUndefined();
  });
});
