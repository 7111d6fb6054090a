/** Files of a group as plain files, to see what is written; and real groups where this user may make some. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newShortId } from '../../../../runtime/core/ids.ts';
import {
  ControlGroup,
  POWERS,
  type Place,
  type Power,
} from '../../../../runtime/sandbox/process/cgroup/control-group.ts';
import { readHierarchies } from '../../../../runtime/sandbox/process/cgroup/hierarchies.ts';
import { SessionGroups, sweepGroups } from '../../../../runtime/sandbox/process/cgroup/session-groups.ts';

describe('what is written into a group', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'faas-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const place = (version: 1 | 2, powers: readonly Power[], name: string): Place => ({
    version,
    folder: join(root, name),
    powers: new Set(powers),
  });
  const contents = async (name: string): Promise<Record<string, string>> => {
    const names = await readdir(join(root, name));
    const texts = await Promise.all(names.map((file) => readFile(join(root, name, file), 'utf8')));
    return Object.fromEntries(names.map((file, index) => [file, texts[index] ?? '']));
  };

  test('version 2: memory, processors, processes', async () => {
    const group = new ControlGroup([place(2, POWERS, 'g')]);
    await group.create({ memoryMb: 128, cpus: 128 / 1769 });
    expect(await contents('g')).toEqual({
      'memory.max': '134217728',
      'cpu.max': '1447 20000',
      'pids.max': '1024',
    });
    await group.add(4711);
    expect(await contents('g')).toMatchObject({ 'cgroup.procs': '4711' });
  });

  test('version 1: the same, each in its own tree', async () => {
    const places = [
      place(1, ['memory'], 'memory'),
      place(1, ['cpu', 'cpuacct'], 'cpu'),
      place(1, ['pids'], 'pids'),
    ];
    const group = new ControlGroup(places);
    await group.create({ memoryMb: 256, cpus: 0.01 });
    await group.add(4711);
    expect(await contents('memory')).toEqual({
      'memory.limit_in_bytes': '268435456',
      'cgroup.procs': '4711',
    });
    // 0.2 ms in 20 would be less than the kernel takes.
    expect(await contents('cpu')).toEqual({
      'cpu.cfs_period_us': '20000',
      'cpu.cfs_quota_us': '1000',
      'cgroup.procs': '4711',
    });
    expect(await contents('pids')).toEqual({ 'pids.max': '1024', 'cgroup.procs': '4711' });
  });

  test('no share of processors where all are to be had', async () => {
    const group = new ControlGroup([place(2, POWERS, 'g')]);
    await group.create({ memoryMb: 128, cpus: null });
    expect(Object.keys(await contents('g'))).not.toContain('cpu.max');
  });

  test.each([
    [
      2,
      { 'memory.peak': '52428800\n', 'cpu.stat': 'usage_usec 1500\nuser_usec 1\n' },
      { peakKb: 51_200, cpuMs: 1.5 },
    ],
    [2, {}, { peakKb: null, cpuMs: null }],
    [
      1,
      { 'memory.max_usage_in_bytes': '1048576\n', 'cpuacct.usage': '2500000\n' },
      { peakKb: 1024, cpuMs: 2.5 },
    ],
  ] as const)('figures of version %i from %j', async (version, files, expected) => {
    await mkdir(join(root, 'g'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, 'g', name), text);
    expect(await new ControlGroup([place(version, POWERS, 'g')]).usage()).toEqual(expected);
  });

  test.each([
    [2, 'memory.events', 'low 0\nmax 12\noom 4\noom_kill 3\noom_group_kill 1\n'],
    [1, 'memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n'],
  ] as const)('kills for want of memory of version %i', async (version, file, text) => {
    await mkdir(join(root, 'g'));
    await writeFile(join(root, 'g', file), text);
    expect(await new ControlGroup([place(version, POWERS, 'g')]).memoryKills()).toBe(3);
  });

  test('what does not come to rest is thawed again', async () => {
    await mkdir(join(root, 'g'));
    await writeFile(join(root, 'g', 'cgroup.freeze'), '0');
    await writeFile(join(root, 'g', 'cgroup.events'), 'populated 1\nfrozen 0\n');
    expect(await new ControlGroup([place(2, POWERS, 'g')]).freeze()).toBe(false);
    expect(await readFile(join(root, 'g', 'cgroup.freeze'), 'utf8')).toBe('0');
  });

  test('what is gone has ended, what cannot be written has not', async () => {
    expect(await new ControlGroup([place(2, POWERS, 'gone')]).killAll()).toBe(true);
    expect(await new ControlGroup([place(2, ['memory'], 'gone')]).killAll()).toBe(false);
    await mkdir(join(root, 'g', 'cgroup.kill'), { recursive: true });
    expect(await new ControlGroup([place(2, POWERS, 'g')]).killAll()).toBe(false);
  });
});

const name = `faas.test.${newShortId()}`;
const probe = await SessionGroups.open(name);
await probe?.close();

describe.runIf(probe)('a real group', () => {
  let child: ChildProcess;
  beforeEach(async () => {
    child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1)'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    if (child.stdout) await once(child.stdout, 'data');
  });
  afterEach(() => child.kill('SIGKILL'));

  const freezers = async (): Promise<string[]> =>
    (await readHierarchies())
      .filter(({ controllers }) => controllers.includes('freezer'))
      .map(({ own }) => own);

  test('freezes, thaws and ends what is in it, and leaves no folder', async () => {
    const session = (await SessionGroups.open(name))!;
    const group = await session.create('one', { memoryMb: 256, cpus: 0.5 });
    await group.add(child.pid!);
    const exited = once(child, 'exit');
    expect(await group.freeze()).toBe(true);
    await group.thaw();
    expect(await group.freeze()).toBe(true);
    expect(await group.killAll()).toBe(true);
    expect(await exited).toEqual([null, 'SIGKILL']);
    await group.remove();
    await session.close();
    expect(session.folders.filter((folder) => existsSync(folder))).toEqual([]);
  });

  test('of version 1 ends what is frozen, too', async (context) => {
    const [tree] = await freezers();
    if (tree === undefined) return context.skip('this machine has no freezer of version 1');
    const folder = join(tree, name);
    const group = new ControlGroup([{ version: 1, folder, powers: new Set(['freeze', 'kill']) }]);
    await group.create({ memoryMb: 256, cpus: null });
    await group.add(child.pid!);
    const exited = once(child, 'exit');
    for (const again of [true, false]) {
      expect(await group.freeze()).toBe(true);
      if (again) await group.thaw();
    }
    // As who sweeps after a dead session: it has never seen the group before.
    const other = new ControlGroup([{ version: 1, folder, powers: new Set(['freeze', 'kill']) }]);
    expect(await other.killAll()).toBe(true);
    expect(await exited).toEqual([null, 'SIGKILL']);
    await group.remove();
    expect(existsSync(folder)).toBe(false);
  });

  test('of a dead session is swept with what is frozen in it', async () => {
    const session = (await SessionGroups.open(name))!;
    const group = await session.create('one', { memoryMb: 256, cpus: null });
    await group.add(child.pid!);
    const exited = once(child, 'exit');
    expect(await group.freeze()).toBe(true);
    await sweepGroups([...session.folders, '/sys/fs/cgroup/no-such-folder']);
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(session.folders.filter((folder) => existsSync(folder))).toEqual([]);
  });

  test('that exists already is no new one', async () => {
    const session = (await SessionGroups.open(name))!;
    const limits = { memoryMb: 256, cpus: null };
    const group = await session.create('one', limits);
    await expect(session.create('one', limits)).rejects.toThrow('EEXIST');
    await group.remove();
    await session.close();
    for (const folder of session.folders) await rmdir(folder).catch(() => undefined);
  });
});
