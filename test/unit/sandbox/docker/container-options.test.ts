import { describe, expect, test } from 'vitest';
import { containerName, containerOptions } from '../../../../runtime/sandbox/docker/container-options.ts';
import type { ContainerPlan } from '../../../../runtime/sandbox/docker/container-options.ts';

const plan: ContainerPlan = {
  spec: {
    id: 'abc123',
    memoryMb: 256,
    tmpMb: 64,
    bootEnv: { NODE_OPTIONS: '--no-warnings' },
    cpus: null,
    functionName: 'resize',
  },
  image: 'faas-node:1',
  dataDirId: 'data',
  sessionId: 'session',
  network: 'bridge',
  extraHosts: [],
  files: { kind: 'mount', taskDir: '/d/task', channelDir: '/d/channel', bootstrapFile: '/d/b.cjs' },
  channel: 'unix:/run/faas/channel.sock',
};

describe('a container', () => {
  test('is kept in', () => {
    const { HostConfig, User } = containerOptions(plan);
    expect(User).toBe('993:990');
    expect(HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Memory: 256 * 1024 * 1024,
      MemorySwap: 256 * 1024 * 1024,
      PidsLimit: 1024,
      Tmpfs: { '/tmp': expect.stringContaining('size=64m') },
    });
    expect(HostConfig).not.toHaveProperty('Privileged');
    expect(HostConfig).not.toHaveProperty('CapAdd');
  });

  test.each([
    [null, undefined],
    [0.5, 10_000],
    [2, 40_000],
    [0.01, 1000],
  ])('of %s processors gets %s µs of each 20 ms', (cpus, quota) => {
    const { HostConfig } = containerOptions({ ...plan, spec: { ...plan.spec, cpus } });
    expect(HostConfig?.CpuQuota).toBe(quota);
  });

  test('sees its own folders and the bootstrap, read-only, and nothing else of this machine', () => {
    const mounts = containerOptions(plan).HostConfig?.Mounts ?? [];
    expect(mounts.map(({ Source, Target, ReadOnly }) => [Source, Target, ReadOnly])).toEqual([
      ['/d/b.cjs', '/var/runtime/bootstrap.cjs', true],
      ['/d/task', '/var/task', true],
      ['/d/channel', '/run/faas', true],
    ]);
    expect(containerOptions(plan).HostConfig).not.toHaveProperty('Binds');
  });

  test('on an engine elsewhere sees nothing of this machine at all', () => {
    const options = containerOptions({ ...plan, files: { kind: 'copy' }, channel: 'tcp:10.0.0.1:9#n' });
    expect(options.HostConfig?.Mounts).toMatchObject([
      { Type: 'volume', Source: '', Target: '/var/task', VolumeOptions: { Labels: options.Labels } },
      { Type: 'volume', Source: '', Target: '/var/runtime' },
    ]);
    expect(options.Env).toContain('FAAS_CHANNEL=tcp:10.0.0.1:9#n');
  });

  test('gets no environment but what it boots with', () => {
    expect(containerOptions(plan).Env).toEqual([
      'NODE_OPTIONS=--no-warnings',
      'FAAS_CHANNEL=unix:/run/faas/channel.sock',
    ]);
  });

  test('carries the labels by which it is found again', () => {
    expect(containerOptions(plan).Labels).toEqual({
      'faas.data-dir': 'data',
      'faas.session': 'session',
      'faas.sandbox': 'abc123',
      'faas.function': 'resize',
    });
  });

  test('has a name that a person recognises and the engine accepts', () => {
    expect(containerName(plan.spec)).toBe('faas-resize-abc123');
    expect(containerName({ ...plan.spec, cpus: null, functionName: 'a b/ü' })).toBe('faas-a-b---abc123');
    expect(containerName({ ...plan.spec, cpus: null, functionName: '' })).toBe('faas-prewarmed-abc123');
  });
});
