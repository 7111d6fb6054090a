import { describe, expect, it } from 'vitest';
import type { DeployedFunction, InstanceTrail } from '../../../runtime/core/types.ts';
import { openTestStore } from './harness.ts';

const deployed = (name: string, overrides: Partial<DeployedFunction> = {}): DeployedFunction => ({
  settings: {
    name,
    source: `/src/${name}`,
    handler: undefined,
    runtime: 'nodejs24',
    memoryMb: 128,
    timeoutMs: 3000,
    initTimeoutMs: 10_000,
    idleTimeoutMs: 300_000,
    concurrency: 10,
    provisioned: 0,
    concurrencyPerInstance: 1,
    freezeMs: null,
    cpu: 'full',
    queueLimit: 100,
    tmpMb: 512,
    env: { KEY: 'väl"ue\n' },
    triggers: [{ type: 's3', bucket: 'photos', events: ['ObjectCreated:*'], prefix: 'in/', suffix: '' }],
    exposeErrors: false,
  },
  revision: {
    id: 'abcdef012345',
    functionName: name,
    artifactDir: '/data/artifact',
    entry: 'index.mjs',
    exportName: 'handler',
    sizeBytes: 1234,
    inputs: ['/src/index.ts'],
  },
  origin: 'cli',
  deployedAt: 1_700_000_000_000.5,
  ...overrides,
});

describe('function store', () => {
  it('gives functions back as they were, by name', () => {
    const { store } = openTestStore();
    store.functions.save(deployed('resize'));
    store.functions.save(deployed('hello'));
    expect(store.functions.all()).toStrictEqual([deployed('hello'), deployed('resize')]);
  });

  it('replaces a function of the same name', () => {
    const { store } = openTestStore();
    store.functions.save(deployed('hello'));
    store.functions.save(deployed('hello', { origin: 'config' }));
    expect(store.functions.all().map((one) => one.origin)).toEqual(['config']);
  });

  it('says whether there was something to remove', () => {
    const { store } = openTestStore();
    store.functions.save(deployed('hello'));
    expect(store.functions.remove('hello')).toBe(true);
    expect(store.functions.remove('hello')).toBe(false);
    expect(store.functions.all()).toEqual([]);
  });
});

const trail = (id: string, overrides: Partial<InstanceTrail> = {}): InstanceTrail => ({
  id,
  function: 'hello',
  revision: 'abcdef012345',
  driver: 'process',
  memoryMb: 128,
  states: [{ state: 'starting', at: 1.5 }],
  endReason: null,
  calls: 0,
  peakMemoryMb: null,
  ...overrides,
});

describe('instance store', () => {
  it('gives the newest first, whenever they were last saved', () => {
    const { store } = openTestStore();
    for (const id of ['a', 'b', 'c']) store.instances.save(trail(id));
    const states = [...trail('a').states, { state: 'stopped' as const, at: 9 }];
    const ended = trail('a', { endReason: 'idle', calls: 7, peakMemoryMb: 44.5, states });
    store.instances.save(ended);
    expect(store.instances.all()).toEqual([trail('c'), trail('b'), ended]);
  });

  it('gives those of one function, and no more than asked for', () => {
    const { store } = openTestStore();
    store.instances.save(trail('a'));
    store.instances.save(trail('b', { function: 'resize' }));
    store.instances.save(trail('c'));
    expect(store.instances.all({ function: 'hello' }).map((one) => one.id)).toEqual(['c', 'a']);
    expect(store.instances.all({ limit: 1 }).map((one) => one.id)).toEqual(['c']);
    expect(store.instances.all({ function: 'hello', limit: 1 }).map((one) => one.id)).toEqual(['c']);
  });
});
