import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Cgroup, cgroupLayout } from '../../../../runtime/sandbox/docker/cgroup.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'faas-'));
});
afterEach(() => rm(root, { recursive: true }));

async function files(contents: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

const group = (version: 1 | 2): Cgroup =>
  new Cgroup({ version, root, folderOf: (id) => `docker/${id}` }, 'c1');

describe('a control group of version 2', () => {
  test('tells the peak of memory and the CPU time', async () => {
    await files({
      'docker/c1/memory.peak': '52428800\n',
      'docker/c1/cpu.stat': 'usage_usec 1234500\nuser_usec 1000000\nsystem_usec 234500\n',
    });
    expect(await group(2).usage()).toEqual({ peakMemoryMb: 50, cpuMs: 1234.5, tmpMb: null });
  });

  test('has no peak before Linux 5.19: null', async () => {
    await files({ 'docker/c1/cpu.stat': 'usage_usec 1000\n' });
    expect(await group(2).usage()).toEqual({ peakMemoryMb: null, cpuMs: 1, tmpMb: null });
  });

  test('is frozen when the kernel says so', async () => {
    await files({ 'docker/c1/cgroup.freeze': '0', 'docker/c1/cgroup.events': 'populated 1\nfrozen 1\n' });
    expect(await group(2).freeze()).toBe(true);
    expect(await readFile(join(root, 'docker/c1/cgroup.freeze'), 'utf8')).toBe('1');
    expect(await group(2).thaw()).toBe(true);
    expect(await readFile(join(root, 'docker/c1/cgroup.freeze'), 'utf8')).toBe('0');
  });

  test('that does not come to rest is thawed again, for the engine to try', async () => {
    await files({ 'docker/c1/cgroup.freeze': '0', 'docker/c1/cgroup.events': 'populated 1\nfrozen 0\n' });
    expect(await group(2).freeze()).toBe(false);
    expect(await readFile(join(root, 'docker/c1/cgroup.freeze'), 'utf8')).toBe('0');
  });
});

describe('a control group of version 1', () => {
  test('tells the peak of memory and the CPU time', async () => {
    await files({
      'memory/docker/c1/memory.max_usage_in_bytes': '104857600\n',
      'cpuacct/docker/c1/cpuacct.usage': '7000000\n',
    });
    expect(await group(1).usage()).toEqual({ peakMemoryMb: 100, cpuMs: 7, tmpMb: null });
  });

  test('is frozen through its freezer', async () => {
    await files({ 'freezer/docker/c1/freezer.state': 'THAWED' });
    expect(await group(1).freeze()).toBe(true);
    expect(await readFile(join(root, 'freezer/docker/c1/freezer.state'), 'utf8')).toBe('FROZEN');
  });
});

test.each([1, 2] as const)(
  'what is not there cannot be frozen and has no figures (version %i)',
  async (version) => {
    expect(await group(version).freeze()).toBe(false);
    expect(await group(version).thaw()).toBe(false);
    expect(await group(version).usage()).toEqual({ peakMemoryMb: null, cpuMs: null, tmpMb: null });
  },
);

test.skipIf(process.platform !== 'linux').each([
  [{ CgroupVersion: '2', CgroupDriver: 'systemd' }, 2, 'system.slice/docker-c1.scope'],
  [{ CgroupVersion: '1', CgroupDriver: 'cgroupfs' }, 1, 'docker/c1'],
  [{ CgroupDriver: 'cgroupfs' }, 1, 'docker/c1'],
])('%j lies at %s %s', (info, version, folder) => {
  const layout = cgroupLayout(info);
  expect([layout?.version, layout?.folderOf('c1')]).toEqual([version, folder]);
});

test('a layout that is not known is left to the engine', () => {
  expect(cgroupLayout({ CgroupVersion: '2', CgroupDriver: 'none' })).toBeUndefined();
});
