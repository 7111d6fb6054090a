import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type {
  DeployedFunction,
  FunctionSettings,
  InvocationRecord,
  InvokeResult,
} from '../../../runtime/core/types.ts';
import { Identities } from '../../../runtime/instance/identities.ts';
import type { Instance } from '../../../runtime/instance/instance.ts';
import { newRequestId } from '../../../runtime/core/ids.ts';
import { invoke } from '../../../runtime/invocation/invoke.ts';
import { FunctionPool } from '../../../runtime/pool/function-pool.ts';
import { createFakeDriver, type FakeDriver, type FakeScript } from '../../../runtime/sandbox/fake.ts';
import { FakeClock, settled } from '../../support/fake-clock.ts';

const settings: FunctionSettings = {
  name: 'hello',
  source: '/src/hello',
  handler: undefined,
  runtime: 'nodejs24.x',
  memoryMb: 128,
  timeoutMs: 3000,
  initTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
  concurrency: 2,
  queueLimit: 3,
  provisioned: 0,
  concurrencyPerInstance: 1,
  freezeMs: null,
  cpu: 'full',
  tmpMb: 512,
  env: {},
  triggers: [],
  exposeErrors: false,
};

const deployed = (over: Partial<FunctionSettings> = {}, revision = 'aaaaaaaaaaaa'): DeployedFunction => ({
  settings: { ...settings, ...over },
  revision: {
    id: revision,
    functionName: 'hello',
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
  pool: FunctionPool;
  records: InvocationRecord[];
  ended: Instance[];
  call: (event?: unknown, signal?: AbortSignal) => Promise<InvokeResult>;
}

function stage(script: FakeScript = {}, over: Partial<FunctionSettings> = {}): Stage {
  const clock = new FakeClock();
  const driver = createFakeDriver({ clock, ...script });
  const records: InvocationRecord[] = [];
  const ended: Instance[] = [];
  const context = {
    driver,
    clock,
    identities: new Identities(),
    region: 'us-east-1',
    awsEndpoint: () => undefined,
    onLog: () => {},
  };
  const fn = deployed(over);
  const pool = new FunctionPool(
    {
      instances: context,
      parallelStarts: 10,
      bootMs: () => undefined,
      takePrewarmed: () => undefined,
      claimMemory: () => true,
      returnMemory: () => {},
      memoryLimitMb: Infinity,
      onEnded: (instance) => ended.push(instance),
    },
    fn,
  );
  return {
    clock,
    driver,
    pool,
    records,
    ended,
    call: (event = {}, signal) =>
      invoke({ requestId: newRequestId(), clock, onRecord: (record) => records.push(record) }, pool, fn, {
        function: 'hello',
        payload: Buffer.from(JSON.stringify(event)),
        trigger: { type: 'direct', source: null },
        ...(signal === undefined ? {} : { signal }),
      }),
  };
}

/** A handler that takes `ms` of the stage's clock. */
const takes =
  (ms: number, clock: () => FakeClock): NonNullable<FakeScript['invoke']> =>
  (sandbox, { requestId }) =>
    void clock().after(ms, () => sandbox.answer(requestId, 'done'));

async function close({ pool, clock, driver }: Stage): Promise<void> {
  const closed = pool.close('shutdown');
  await clock.advance(10_000);
  await closed;
  expect(driver.alive).toEqual([]);
}

let current: Stage | undefined;
const use = (made: Stage): Stage => (current = made);
afterEach(async () => {
  if (current) await close(current);
  current = undefined;
});

describe('a first call', () => {
  it('waits for a sandbox, and the record tells each phase of it', async () => {
    const { clock, driver, call } = use(stage({ delays: { create: 40, ready: 65 } }));
    const result = call({ a: 1 });
    await clock.advance(200);
    const { record, payload } = await result;
    expect(JSON.parse(String(payload))).toEqual({ a: 1 });
    expect(record).toMatchObject({
      outcome: 'success',
      start: 'cold',
      coldReason: 'first',
      coldStartMs: 105,
      phases: { queueMs: 0, provisionMs: 40, bootMs: 65, initMs: 0, handlerMs: 0 },
      requestBytes: 7,
      responseBytes: 7,
    });
    expect(driver.sandboxes).toHaveLength(1);
  });

  it('is billed for its init, and the second call is not', async () => {
    const at = (): FakeClock => s.clock;
    const s = use(
      stage({
        init: (sandbox) => void at().after(250, () => sandbox.say({ type: 'initialized' })),
        invoke: takes(40.2, at),
      }),
    );
    const first = s.call();
    await s.clock.advance(1000);
    const second = s.call();
    await s.clock.advance(1000);
    expect((await first).record).toMatchObject({ durationMs: 40.2, billedMs: 291, phases: { initMs: 250 } });
    expect((await second).record).toMatchObject({
      start: 'warm',
      billedMs: 41,
      phases: { initMs: null },
      coldStartMs: 0,
    });
  });
});

describe('reuse', () => {
  it('takes the most recently used instance, and lets the other grow old', async () => {
    const s = use(stage({ invoke: takes(10, () => s.clock) }, { idleTimeoutMs: 1000 }));
    const both = Promise.all([s.call(), s.call()]);
    await s.clock.advance(20);
    await both;
    const seen = new Set<string | null>();
    for (let turn = 0; turn < 12; turn++) {
      const one = s.call();
      await s.clock.advance(100);
      seen.add((await one).record.instance);
    }
    expect(seen.size).toBe(1);
    expect(s.driver.alive).toHaveLength(1);
    expect(s.ended[0]?.trail()).toMatchObject({ endReason: 'idle', calls: 1 });
  });

  it('says that the next sandbox is cold because the last one expired', async () => {
    const s = use(stage({}, { idleTimeoutMs: 1000 }));
    await s.call();
    await s.clock.advance(1001);
    expect(s.driver.alive).toHaveLength(0);
    expect((await s.call()).record).toMatchObject({ start: 'cold', coldReason: 'expired' });
  });

  it('gives a waiting call the instance that comes free while its own is still coming up', async () => {
    let starts = 0;
    const s = use(
      stage({
        delays: { create: 0 },
        init: (sandbox) =>
          void s.clock.after(starts++ === 0 ? 10 : 5000, () => sandbox.say({ type: 'initialized' })),
        invoke: takes(100, () => s.clock),
      }),
    );
    const first = s.call();
    await s.clock.advance(20);
    const second = s.call();
    await s.clock.advance(500);
    expect((await second).record).toMatchObject({ start: 'warm', instance: (await first).record.instance });
    expect((await second).record.phases.queueMs).toBeCloseTo(90);
  });
});

describe('the limit of concurrency', () => {
  it('is never exceeded, the line is first in first out, and one more is throttled', async () => {
    const s = use(stage({ invoke: takes(100, () => s.clock) }));
    const calls = Array.from({ length: 6 }, (_, index) => s.call({ index }));
    await s.clock.advance(1000);
    const results = await Promise.all(calls);
    expect(results.map(({ record }) => record.outcome)).toEqual([
      'success',
      'success',
      'success',
      'success',
      'success',
      'throttled',
    ]);
    expect(s.driver.peak).toBe(2);
    expect(s.records).toHaveLength(6);
    expect(results[5]?.record).toMatchObject({ start: null, instance: null, billedMs: 0 });
    const inLine = s.records
      .filter(({ outcome }) => outcome === 'success')
      .map(({ phases }) => phases.queueMs);
    expect(inLine).toEqual([0, 0, 100, 100, 200]);
  });

  it('counts a sandbox until it is gone', async () => {
    const s = use(stage({ delays: { kill: 500 }, invoke: () => {} }, { concurrency: 1, timeoutMs: 100 }));
    const stuck = s.call();
    await s.clock.advance(100);
    expect((await stuck).record.outcome).toBe('timeout');
    const next = s.call();
    await s.clock.advance(400);
    expect(s.driver.sandboxes).toHaveLength(1);
    await s.clock.advance(300);
    expect(s.driver.sandboxes).toHaveLength(2);
    expect((await next).record.outcome).toBe('timeout');
  });

  it('holds for any arrivals, durations and failures, and every call ends in one record', async () => {
    const arrival = fc.record({
      at: fc.nat(300),
      takes: fc.integer({ min: 1, max: 150 }),
      fails: fc.constantFrom('no', 'error', 'exit', 'never'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        async (arrivals, concurrency) => {
          const s = stage(
            {
              delays: { create: 15, ready: 5, kill: 7 },
              invoke: (sandbox, { requestId }, payload) => {
                const event = JSON.parse(String(payload)) as (typeof arrivals)[number];
                s.clock.after(event.takes, () => {
                  if (event.fails === 'no') sandbox.answer(requestId, 1);
                  if (event.fails === 'error')
                    sandbox.fail(requestId, { errorType: 'Error', errorMessage: 'no' });
                  if (event.fails === 'exit') sandbox.exit({ code: 1 });
                });
              },
            },
            { concurrency, timeoutMs: 200, queueLimit: 100 },
          );
          const results: Promise<InvokeResult>[] = [];
          for (const one of arrivals) s.clock.after(one.at, () => void results.push(s.call(one)));
          await s.clock.advance(20_000);
          await Promise.all(results);
          const expected = { no: 'success', error: 'error', exit: 'crash', never: 'timeout' };
          const outcomes = s.records.map(({ outcome }) => outcome).toSorted();
          expect(outcomes).toEqual(arrivals.map(({ fails }) => expected[fails as 'no']).toSorted());
          expect(s.driver.peak).toBeLessThanOrEqual(concurrency);
          await close(s);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('what ends an invocation', () => {
  it('the maximum duration: answered then, killed, billed to the limit, and the next call is clean', async () => {
    const s = use(
      stage({
        invoke: (sandbox, { requestId }, payload) =>
          void (String(payload) === '"fine"' && sandbox.answer(requestId, 1)),
      }),
    );
    const stuck = s.call('stuck');
    await s.clock.advance(3000);
    const { record, error } = await stuck;
    expect(record).toMatchObject({
      outcome: 'timeout',
      durationMs: 3000,
      billedMs: 3000,
      errorType: 'Sandbox.Timedout',
    });
    expect(error?.errorMessage).toBe(
      `RequestId: ${record.requestId} Error: Task timed out after 3.00 seconds`,
    );
    expect((await s.call('fine')).record).toMatchObject({
      outcome: 'success',
      start: 'cold',
      coldReason: 'crashed',
    });
    expect(s.ended[0]?.trail().endReason).toBe('timeout');
  });

  it.each([
    ['an exit code', { code: 3 }, 'crash', 'Runtime exited with error: exit status 3', 'exit'],
    ['a quiet exit', { code: 0 }, 'crash', 'Runtime exited without providing a reason', 'exit'],
    [
      'a signal from outside',
      { code: null, signal: 'SIGKILL', outside: true },
      'crash',
      'signal: killed',
      'removed',
    ],
    ['memory', { code: null, signal: 'SIGKILL', oom: true }, 'oom', 'signal: killed', 'oom'],
  ] as const)('%s', async (_what, exit, outcome, message, endReason) => {
    const s = use(stage({ invoke: (sandbox) => sandbox.exit(exit) }));
    const { record, error } = await s.call();
    expect(record.outcome).toBe(outcome);
    expect(error?.errorMessage).toContain(message);
    await settled();
    expect(s.ended[0]?.trail().endReason).toBe(endReason);
  });

  it('an error keeps the instance, a fatal one does not', async () => {
    const s = use(
      stage({
        invoke: (sandbox, { requestId }, payload) =>
          sandbox.fail(
            requestId,
            { errorType: 'TypeError', errorMessage: 'no' },
            String(payload) === '"fatal"',
          ),
      }),
    );
    const first = (await s.call()).record;
    const second = (await s.call('fatal')).record;
    const third = (await s.call()).record;
    expect([first, second, third].map(({ outcome }) => outcome)).toEqual(['error', 'error', 'error']);
    expect(second.instance).toBe(first.instance);
    expect(third.instance).not.toBe(first.instance);
  });

  it('what the sandbox said before it exited wins over the exit', async () => {
    const s = use(
      stage({
        invoke: (sandbox, { requestId }) => {
          sandbox.fail(
            requestId,
            { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'x' },
            true,
          );
          sandbox.exit({ code: 128 });
        },
      }),
    );
    expect((await s.call()).record).toMatchObject({
      outcome: 'error',
      errorType: 'Runtime.UnhandledPromiseRejection',
    });
  });

  it('a caller who leaves while waiting is cancelled; one who leaves later changes nothing', async () => {
    const s = use(stage({ invoke: takes(100, () => s.clock) }, { concurrency: 1 }));
    const leaving = new AbortController();
    const running = s.call({}, leaving.signal);
    const waiting = s.call({}, leaving.signal);
    await s.clock.advance(50);
    leaving.abort();
    await s.clock.advance(100);
    expect((await running).record.outcome).toBe('success');
    expect((await waiting).record).toMatchObject({ outcome: 'cancelled', billedMs: 0 });
  });
});

describe('a start that fails', () => {
  it.each([
    [
      'throws at load',
      {
        init: (sandbox) =>
          sandbox.say({ type: 'init-failed', error: { errorType: 'RangeError', errorMessage: 'no' } }),
      },
      'init-error',
      'RangeError',
    ],
    ['exits at load', { init: (sandbox) => sandbox.exit({ code: 7 }) }, 'init-error', 'Runtime.ExitError'],
    [
      'runs out of memory at load',
      { init: (sandbox) => sandbox.exit({ code: null, signal: 'SIGKILL', oom: true }) },
      'oom',
      'Runtime.OutOfMemory',
    ],
    ['never finishes loading', { init: () => {} }, 'init-error', 'Sandbox.Timedout'],
    [
      'cannot be created',
      { fails: (step) => (step === 'create' ? new Error('disk full') : undefined) },
      'crash',
      'Sandbox.Internal',
    ],
  ] as [string, FakeScript, string, string][])('%s', async (_what, script, outcome, errorType) => {
    const s = use(stage(script));
    const result = s.call();
    await s.clock.advance(11_000);
    const { record } = await result;
    expect(record).toMatchObject({ outcome, errorType, start: 'cold', instance: s.driver.sandboxes[0]?.id });
    await s.clock.advance(1000);
    expect(s.driver.alive).toEqual([]);
  });

  it('fails the call it was for, and the others in line get sandboxes of their own', async () => {
    let inits = 0;
    const s = use(
      stage(
        {
          init: (sandbox) =>
            sandbox.say(
              inits++ === 0
                ? { type: 'init-failed', error: { errorType: 'E', errorMessage: 'no' } }
                : { type: 'initialized' },
            ),
        },
        { concurrency: 1 },
      ),
    );
    const calls = [s.call(), s.call(), s.call()];
    await s.clock.advance(100);
    const outcomes = (await Promise.all(calls)).map(({ record }) => record.outcome);
    expect(outcomes).toEqual(['init-error', 'success', 'success']);
  });
});

describe('a new revision', () => {
  it('takes the next call; the running one finishes on the old', async () => {
    const s = use(stage({ invoke: takes(100, () => s.clock) }));
    const running = s.call();
    await s.clock.advance(10);
    await s.pool.replace(deployed({}, 'bbbbbbbbbbbb'));
    const after = s.call();
    await s.clock.advance(300);
    expect((await running).record.outcome).toBe('success');
    expect((await after).record).toMatchObject({ outcome: 'success', revision: 'bbbbbbbbbbbb' });
    expect((await after).record.instance).not.toBe((await running).record.instance);
    expect(s.ended.map((instance) => instance.trail().endReason)).toEqual(['revision']);
  });

  it('takes over when its first instance is up: nobody waits for it, and nobody gets the old one after', async () => {
    const s = use(stage({ delays: { create: 50 } }));
    const first = s.call();
    await s.clock.advance(100);
    const replaced = s.pool.replace(deployed({}, 'bbbbbbbbbbbb'));
    await s.clock.advance(10);
    const meanwhile = (await s.call()).record;
    await s.clock.advance(100);
    await replaced;
    const after = (await s.call()).record;
    expect(meanwhile).toMatchObject({
      start: 'warm',
      revision: 'aaaaaaaaaaaa',
      instance: (await first).record.instance,
    });
    expect(after).toMatchObject({ start: 'warm', revision: 'bbbbbbbbbbbb' });
    expect(s.driver.alive.map(({ id }) => id)).toEqual([after.instance]);
  });

  it('takes over also when it does not load: stale code is worse than an error', async () => {
    const s = use(
      stage({
        init: (sandbox) =>
          sandbox.revision?.id === 'aaaaaaaaaaaa'
            ? sandbox.say({ type: 'initialized' })
            : sandbox.say({ type: 'init-failed', error: { errorType: 'SyntaxError', errorMessage: 'no' } }),
      }),
    );
    await s.call();
    await s.pool.replace(deployed({}, 'bbbbbbbbbbbb'));
    expect((await s.call()).record).toMatchObject({ outcome: 'init-error', revision: 'bbbbbbbbbbbb' });
  });

  it('the last of a burst wins', async () => {
    const s = use(stage({ delays: { create: 50 } }, { concurrency: 10 }));
    const first = s.call();
    await s.clock.advance(100);
    await first;
    const all = ['b', 'c', 'd'].map((letter) =>
      s.pool.replace(deployed({ concurrency: 10 }, letter.repeat(12))),
    );
    await s.clock.advance(200);
    await Promise.all(all);
    expect((await s.call()).record.revision).toBe('dddddddddddd');
    await settled();
    expect(s.driver.alive).toHaveLength(1);
  });

  it('where there is no room beside the old one, the next cold start says why', async () => {
    const s = use(stage({}, { concurrency: 1 }));
    await s.call();
    await s.pool.replace(deployed({ concurrency: 1 }, 'bbbbbbbbbbbb'));
    await settled();
    expect((await s.call()).record).toMatchObject({ start: 'cold', coldReason: 'new-revision' });
  });

  it('does not fail a call whose sandbox was still coming up', async () => {
    const s = use(stage({ delays: { create: 50 } }));
    const waiting = s.call();
    await s.clock.advance(10);
    const replaced = s.pool.replace(deployed({}, 'bbbbbbbbbbbb'));
    await s.clock.advance(500);
    await replaced;
    expect((await waiting).record.outcome).toBe('success');
  });
});

describe('freezing', () => {
  it('takes place after a quiet time, and the next call thaws and tells how long that took', async () => {
    const s = use(stage({ delays: { freeze: 15, thaw: 12 } }, { freezeMs: 1000 }));
    await s.call();
    await s.clock.advance(1020);
    expect(s.driver.sandboxes[0]?.isFrozen).toBe(true);
    const thawed = s.call();
    await s.clock.advance(20);
    expect((await thawed).record).toMatchObject({
      start: 'warm',
      phases: { thawMs: 12, queueMs: 0 },
      durationMs: 0,
    });
    expect((await s.call()).record.phases.thawMs).toBeNull();
  });

  it('that is under way when a call comes is waited for and undone', async () => {
    const s = use(stage({ delays: { freeze: 15, thaw: 12 } }, { freezeMs: 1000 }));
    await s.call();
    await s.clock.advance(1005);
    const called = s.call();
    await s.clock.advance(50);
    expect((await called).record).toMatchObject({ outcome: 'success', phases: { thawMs: 22 } });
    expect(s.driver.sandboxes[0]?.isFrozen).toBe(false);
  });

  it('does not keep an instance from growing old', async () => {
    const s = use(stage({}, { freezeMs: 1000, idleTimeoutMs: 5000 }));
    await s.call();
    await s.clock.advance(5001);
    expect(s.driver.alive).toEqual([]);
  });

  it('that cannot be undone ends the instance, and the call with a named outcome', async () => {
    const s = use(
      stage({ fails: (step) => (step === 'thaw' ? new Error('no') : undefined) }, { freezeMs: 1000 }),
    );
    await s.call();
    await s.clock.advance(1001);
    expect((await s.call()).record.outcome).toBe('crash');
    expect((await s.call()).record.outcome).toBe('success');
  });
});

describe('several calls in one instance', () => {
  it('share it up to the limit, and a new one starts beyond it', async () => {
    const s = use(
      stage({ invoke: takes(100, () => s.clock) }, { concurrencyPerInstance: 3, concurrency: 2 }),
    );
    const calls = Array.from({ length: 8 }, () => s.call());
    await s.clock.advance(1000);
    const records = (await Promise.all(calls)).map(({ record }) => record);
    expect(records.every(({ outcome }) => outcome === 'success')).toBe(true);
    expect(s.driver.sandboxes).toHaveLength(2);
    expect(records.filter(({ phases }) => phases.queueMs === 100)).toHaveLength(2);
  });
});

describe('the provisioned minimum', () => {
  it('comes up without a call, does not expire, and is replaced when one dies', async () => {
    const s = use(stage({}, { provisioned: 2, idleTimeoutMs: 1000 }));
    await s.clock.advance(10);
    expect(s.driver.alive).toHaveLength(2);
    expect((await s.call()).record.start).toBe('warm');
    await s.clock.advance(60_000);
    expect(s.driver.alive).toHaveLength(2);
    s.driver.alive[0]?.exit({ code: 1 });
    await s.clock.advance(10);
    expect(s.driver.alive).toHaveLength(2);
  });

  it('is told to functions as Lambda tells it, those beyond it are on demand', async () => {
    const types: (string | undefined)[] = [];
    const s = use(
      stage(
        {
          init: (sandbox, { env }) => {
            types.push(env['AWS_LAMBDA_INITIALIZATION_TYPE']);
            sandbox.say({ type: 'initialized' });
          },
          invoke: () => {},
        },
        { provisioned: 1 },
      ),
    );
    await s.clock.advance(10);
    void s.call();
    void s.call();
    await s.clock.advance(50);
    expect(types).toEqual(['provisioned-concurrency', 'on-demand']);
  });

  it('does not spin when the function does not load', async () => {
    const s = use(
      stage(
        {
          init: (sandbox) =>
            sandbox.say({ type: 'init-failed', error: { errorType: 'E', errorMessage: 'no' } }),
        },
        { provisioned: 1 },
      ),
    );
    await s.clock.advance(60_000);
    expect(s.driver.sandboxes.length).toBeGreaterThan(2);
    expect(s.driver.sandboxes.length).toBeLessThan(12);
  });
});

describe('closing', () => {
  it('turns away who waits, ends what runs, and leaves no sandbox', async () => {
    const s = use(stage({ invoke: () => {} }, { concurrency: 1 }));
    const running = s.call();
    await s.clock.advance(1);
    const waiting = s.call();
    await settled();
    const closed = s.pool.close('shutdown');
    await expect(waiting).rejects.toMatchObject({ code: 'ShuttingDown' });
    await closed;
    expect((await running).record).toMatchObject({ outcome: 'cancelled', errorType: 'ShuttingDown' });
  });

  it('waits for a sandbox that is still being created, and removes it', async () => {
    const s = use(stage({ delays: { create: 'manual' } }));
    const waiting = s.call();
    await settled();
    const closed = s.pool.close('shutdown');
    await expect(waiting).rejects.toMatchObject({ code: 'ShuttingDown' });
    s.driver.sandboxes[0]?.release('create');
    await closed;
    expect(s.driver.alive).toEqual([]);
  });
});
