/** What the pools share: prewarmed sandboxes, memory, fairness. */
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../runtime/core/log.ts';
import type { DeployedFunction, FunctionSettings } from '../../../runtime/core/types.ts';
import { Identities } from '../../../runtime/instance/identities.ts';
import type { Lease } from '../../../runtime/pool/lease.ts';
import { Pools, sandboxesAhead, type PoolsOptions } from '../../../runtime/pool/pools.ts';
import { createFakeDriver, type FakeDriver, type FakeScript } from '../../../runtime/sandbox/fake.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const deployed = (
  name: string,
  over: Partial<FunctionSettings> = {},
  revision = 'aaaaaaaaaaaa',
): DeployedFunction => ({
  settings: {
    name,
    source: `/src/${name}`,
    handler: undefined,
    runtime: 'nodejs24.x',
    memoryMb: 128,
    timeoutMs: 3000,
    initTimeoutMs: 10_000,
    idleTimeoutMs: 600_000,
    concurrency: 10,
    queueLimit: 100,
    provisioned: 0,
    concurrencyPerInstance: 1,
    freezeMs: null,
    cpu: 'full',
    tmpMb: 512,
    env: {},
    triggers: [],
    exposeErrors: false,
    ...over,
  },
  revision: {
    id: revision,
    functionName: name,
    artifactDir: '/artifacts/x',
    entry: 'index.mjs',
    exportName: 'handler',
    sizeBytes: 1,
    inputs: [],
  },
  origin: 'cli',
  deployedAt: 0,
});

interface Stage {
  clock: FakeClock;
  driver: FakeDriver;
  pools: Pools;
  reserve: (name: string) => Promise<Lease>;
  setQuiet: (quiet: boolean) => void;
}

function stage(options: Partial<PoolsOptions> = {}, script: FakeScript = {}): Stage {
  const clock = new FakeClock();
  const driver = createFakeDriver({ clock, ...script });
  let quiet = true;
  const pools = new Pools({
    instances: {
      driver,
      clock,
      identities: new Identities(),
      region: 'us-east-1',
      awsEndpoint: () => undefined,
      onLog: () => {},
    },
    clock,
    log: silentLogger,
    prewarm: 0,
    memoryBudgetMb: undefined,
    parallelStarts: 2,
    isQuiet: () => quiet,
    onEnded: () => {},
    ...options,
  });
  let calls = 0;
  return {
    clock,
    driver,
    pools,
    reserve: async (name) => pools.get(name)!.pool.reserve(`${name}-${calls++}`),
    setQuiet: (value) => (quiet = value),
  };
}

let current: Stage | undefined;
const use = (made: Stage): Stage => (current = made);
afterEach(async () => {
  const closed = current?.pools.close();
  await current?.clock.advance(10_000);
  await closed;
  expect(current?.driver.alive ?? []).toEqual([]);
  current = undefined;
});

describe('prewarmed sandboxes', () => {
  it.each([
    { prewarm: 0, incremental: true, ahead: 0 },
    { prewarm: 1, incremental: true, ahead: 2 },
    { prewarm: 1, incremental: undefined, ahead: 1 },
  ])('of prewarm $prewarm, incremental: $incremental, are $ahead', ({ prewarm, incremental, ahead }) => {
    expect(sandboxesAhead(prewarm, incremental)).toBe(ahead);
  });

  it('are booted ahead, taken by a cold start, and filled up again', async () => {
    const s = use(stage({ prewarm: 1 }, { delays: { create: 200, ready: 65 } }));
    await s.pools.put(deployed('a'));
    await s.clock.advance(1000);
    expect(s.driver.sandboxes).toHaveLength(1);
    const lease = await s.reserve('a');
    expect(lease).toMatchObject({ start: 'prewarmed', coldReason: 'first' });
    expect(lease.startPhases).toEqual({ provisionMs: 0, bootMs: null, initMs: 0 });
    expect(lease.instance.id).toBe(s.driver.sandboxes[0]?.id);
    await s.clock.advance(1000);
    expect(s.driver.alive).toHaveLength(2);
  });

  it('are one shelf for all functions of a size, and a shelf for each size', async () => {
    const s = use(stage({ prewarm: 2 }));
    await s.pools.put(deployed('a'));
    await s.pools.put(deployed('b'));
    await s.pools.put(deployed('big', { memoryMb: 1024 }));
    await s.clock.advance(1000);
    expect(s.driver.alive.map(({ spec }) => spec.memoryMb).toSorted((a, b) => b - a)).toEqual([
      1024, 1024, 128, 128,
    ]);
  });

  it('end when no function has their size any more', async () => {
    const s = use(stage({ prewarm: 1 }));
    await s.pools.put(deployed('a', { memoryMb: 512 }));
    await s.clock.advance(100);
    await s.pools.put(deployed('a', { memoryMb: 256 }, 'bbbbbbbbbbbb'));
    await s.clock.advance(1000);
    expect(s.driver.alive.map(({ spec }) => spec.memoryMb)).toEqual([256]);
  });

  it('a burst that outruns them starts fresh ones', async () => {
    const s = use(stage({ prewarm: 1 }, { delays: { create: 200 } }));
    await s.pools.put(deployed('a'));
    await s.clock.advance(1000);
    const leases = Array.from({ length: 6 }, () => s.reserve('a'));
    await s.clock.advance(3000);
    const [first, ...others] = (await Promise.all(leases)).map(({ start }) => start);
    expect(first).toBe('prewarmed');
    expect(others).toContain('cold');
  });

  it('a call behind one that ends sooner than a sandbox starts waits for it', async () => {
    const s = use(stage({ prewarm: 1 }, { delays: { create: 200 } }));
    await s.pools.put(deployed('a'));
    await s.clock.advance(1000);
    s.setQuiet(false);
    const leases = [s.reserve('a'), s.reserve('a')];
    await s.clock.advance(50);
    (await leases[0])?.release(50);
    expect((await leases[1])?.start).toBe('warm');
    expect(s.driver.sandboxes).toHaveLength(1);
  });

  it('a call behind one that does not end gets what is booted ahead next', async () => {
    const s = use(stage({ prewarm: 1 }, { delays: { create: 200 } }));
    await s.pools.put(deployed('a'));
    await s.clock.advance(1000);
    const leases = [s.reserve('a'), s.reserve('a')];
    await s.clock.advance(500);
    expect((await Promise.all(leases)).map(({ start }) => start)).toEqual(['prewarmed', 'prewarmed']);
  });

  it('one that is on its way is waited for: it is there sooner than one that begins now', async () => {
    const s = use(stage({ prewarm: 1 }, { delays: { create: 200 } }));
    await s.pools.put(deployed('a'));
    // The first begins at once.
    await s.clock.advance(100);
    const waiting = s.reserve('a');
    await s.clock.advance(110);
    const lease = await waiting;
    expect(lease.start).toBe('prewarmed');
    expect(lease.startPhases?.provisionMs).toBe(100);
    expect(s.driver.sandboxes[0]?.id).toBe(lease.instance.id);
  });

  it('one that is on its way and fails costs the call that took it a named outcome, and no memory', async () => {
    const s = use(
      stage(
        { prewarm: 1, memoryBudgetMb: 128 },
        { delays: { create: 200 }, fails: (step) => (step === 'ready' ? new Error('no') : undefined) },
      ),
    );
    await s.pools.put(deployed('a'));
    await s.clock.advance(120);
    const first = s.reserve('a').catch((error: unknown) => error);
    await s.clock.advance(200);
    expect(await first).toMatchObject({ failure: { outcome: 'crash' } });
    expect(s.driver.alive).toEqual([]);
    // The budget has room for one: a second try shows that its memory came back.
    const second = s.reserve('a').catch((error: unknown) => error);
    await s.clock.advance(1000);
    expect(await second).toMatchObject({ failure: { outcome: 'crash' } });
  });

  it('are not filled while calls run, yet not never', async () => {
    const s = use(stage({ prewarm: 1 }));
    s.setQuiet(false);
    await s.pools.put(deployed('a'));
    await s.clock.advance(90);
    expect(s.driver.alive).toHaveLength(0);
    await s.clock.advance(300);
    expect(s.driver.alive).toHaveLength(1);
  });

  it('are not booted for a function that may start no more', async () => {
    const s = use(stage({ prewarm: 1 }));
    await s.pools.put(deployed('a', { concurrency: 1 }));
    await s.clock.advance(100);
    await s.reserve('a');
    await s.clock.advance(5000);
    expect(s.driver.alive).toHaveLength(1);
  });

  it('one that dies on the shelf is replaced, and never handed out', async () => {
    const s = use(stage({ prewarm: 1 }));
    await s.pools.put(deployed('a'));
    await s.clock.advance(100);
    s.driver.alive[0]?.exit({ outside: true });
    await s.clock.advance(100);
    expect(s.driver.alive).toHaveLength(1);
    expect((await s.reserve('a')).instance.id).toBe(s.driver.sandboxes[1]?.id);
  });

  it('a machine that cannot start any is not hammered', async () => {
    const s = use(
      stage({ prewarm: 1 }, { fails: (step) => (step === 'create' ? new Error('disk full') : undefined) }),
    );
    await s.pools.put(deployed('a'));
    await s.clock.advance(120_000);
    expect(s.driver.sandboxes.length).toBeGreaterThan(2);
    expect(s.driver.sandboxes.length).toBeLessThan(12);
  });

  it('are no use to a function whose variables must be there when Node starts', async () => {
    const s = use(stage({ prewarm: 1 }));
    await s.pools.put(deployed('a', { env: { NODE_OPTIONS: '--no-warnings' } }));
    await s.clock.advance(100);
    expect(await s.reserve('a')).toMatchObject({ start: 'cold' });
    expect(s.driver.sandboxes.at(-1)?.spec.bootEnv).toEqual({ NODE_OPTIONS: '--no-warnings' });
  });
});

describe('the memory budget', () => {
  it('ends whoever has been idle longest, and only as many as are needed', async () => {
    const s = use(stage({ memoryBudgetMb: 384 }));
    for (const name of ['a', 'b', 'c', 'd']) await s.pools.put(deployed(name));
    for (const name of ['a', 'b', 'c']) {
      (await s.reserve(name)).release(1);
      await s.clock.advance(100);
    }
    const lease = s.reserve('d');
    await s.clock.advance(100);
    await lease;
    const live = [...s.pools.instances()].map(({ deployed }) => deployed.settings.name);
    expect(live).toEqual(['b', 'c', 'd']);
  });

  it('lets who waits go on when a busy one is done, the longest waiting first', async () => {
    const s = use(stage({ memoryBudgetMb: 128 }));
    for (const name of ['a', 'b', 'c']) await s.pools.put(deployed(name));
    const running = await s.reserve('a');
    const order: string[] = [];
    const b = s.reserve('b').then((lease) => (order.push('b'), lease));
    await s.clock.advance(10);
    const c = s.reserve('c').then((lease) => (order.push('c'), lease));
    await s.clock.advance(1000);
    expect(order).toEqual([]);
    running.release(1);
    await s.clock.advance(100);
    (await b).release(1);
    await s.clock.advance(100);
    (await c).release(1);
    expect(order).toEqual(['b', 'c']);
    expect(s.driver.peak).toBe(1);
  });

  it('takes prewarmed sandboxes first', async () => {
    const s = use(stage({ memoryBudgetMb: 256, prewarm: 1 }));
    await s.pools.put(deployed('a'));
    await s.pools.put(deployed('b', { env: { TZ: 'UTC' } }));
    (await s.reserve('a')).release(1);
    await s.clock.advance(2000);
    expect(s.driver.alive).toHaveLength(2);
    const lease = s.reserve('b');
    await s.clock.advance(100);
    await lease;
    const live = [...s.pools.instances()].map(({ deployed }) => deployed.settings.name);
    expect(live.toSorted()).toEqual(['a', 'b']);
  });

  it('a function larger than all of it is refused with the reason', async () => {
    const s = use(stage({ memoryBudgetMb: 256 }));
    await s.pools.put(deployed('big', { memoryMb: 512 }));
    await expect(s.reserve('big')).rejects.toMatchObject({ code: 'Throttled', got: '512 MB' });
  });
});
