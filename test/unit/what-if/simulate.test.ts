import { describe, expect, test } from 'vitest';
import { Arrivals } from '../../../runtime/what-if/arrivals.ts';
import { poissonArrivals } from '../../../runtime/what-if/poisson.ts';
import { simulate } from '../../../runtime/what-if/simulate.ts';
import { callsAt, deployed, profile, simulation } from './support.ts';

describe('cold starts follow from the settings', () => {
  test.each([
    { what: 'calls within the idle timeout share a sandbox', at: [0, 10, 20], settings: {}, cold: 1 },
    { what: 'a call after the idle timeout is cold again', at: [0, 61.5, 200], settings: {}, cold: 3 },
    {
      what: 'a longer idle timeout bridges the gap',
      at: [0, 61.5, 200],
      settings: { idleTimeoutMs: 300_000 },
      cold: 1,
    },
    { what: 'calls at once need a sandbox each', at: [0, 0, 0], settings: {}, cold: 3 },
    {
      what: 'calls at once wait where there may be one sandbox',
      at: [0, 0, 0],
      settings: { concurrency: 1 },
      cold: 1,
    },
    {
      what: 'an instance may take several calls',
      at: [0, 10, 10],
      settings: { concurrencyPerInstance: 2 },
      cold: 1,
    },
    {
      what: 'no idle timeout at all makes every call cold',
      at: [0, 10, 20],
      settings: { idleTimeoutMs: 0 },
      cold: 3,
    },
  ])('$what', async ({ at, settings, cold }) => {
    const functions = [deployed(settings)];
    const result = await simulate(simulation({ functions, arrivals: callsAt(at) }));
    expect(result).toMatchObject({ calls: at.length, coldStarts: cold, throttled: 0 });
  });
});

test('a cold call waits for all phases of the start, a warm one for nothing', async () => {
  const cold = await simulate(simulation());
  expect(cold.waitMs.p50).toBeCloseTo(300, 6);
  const warm = await simulate(simulation({ arrivals: callsAt([0, 5, 6, 7]) }));
  expect(warm.waitMs.p50).toBe(0);
});

test('a frozen instance costs its caller the thaw', async () => {
  const functions = [deployed({ freezeMs: 1000 })];
  const result = await simulate(simulation({ functions, arrivals: callsAt([0, 5, 10, 15]) }));
  expect(result.waitMs.p50).toBeCloseTo(1, 6);
});

test('a prewarmed sandbox leaves only placing and loading to wait for', async () => {
  const arrivals = new Arrivals();
  arrivals.add({ at: 1e12, functionIndex: 0, durationMs: 5, afterwards: 'released', startedBeforeMs: 5000 });
  const machine = profile({
    prewarmed: new Map([['hello', [{ at: 0, provisionMs: 2, bootMs: 0, initMs: 30 }]]]),
  });
  const result = await simulate(simulation({ arrivals, prewarm: 1, profile: machine }));
  expect(result).toMatchObject({ coldStarts: 1, prewarmed: 1 });
  expect(result.waitMs.p50).toBeCloseTo(32, 3);
});

test('a provisioned minimum is warm before the first call, is paid for, and is held all the time', async () => {
  const arrivals = new Arrivals();
  for (const second of [0, 1000, 2000]) {
    const startedBeforeMs = second === 0 ? 5000 : null;
    const at = 1e12 + second * 1000;
    arrivals.add({ at, functionIndex: 0, durationMs: 100, afterwards: 'released', startedBeforeMs });
  }
  const onDemand = await simulate(simulation({ arrivals }));
  const provisioned = await simulate(simulation({ arrivals, functions: [deployed({ provisioned: 1 })] }));
  expect(onDemand.coldStarts).toBe(3);
  expect(provisioned.coldStarts).toBe(0);
  expect(provisioned.containerSeconds).toBeGreaterThan(2000);
  expect(provisioned.heldGbSeconds).toBeCloseTo(provisioned.containerSeconds / 8, 6);
  expect(onDemand.containerSeconds).toBeLessThan(3 * 62);
  expect(Number(provisioned.totalUsd)).toBeGreaterThan(Number(onDemand.totalUsd));
});

test('what finds neither a sandbox nor room in line is throttled', async () => {
  const functions = [deployed({ concurrency: 1, queueLimit: 1 })];
  const result = await simulate(simulation({ functions, arrivals: callsAt([0, 0, 0, 0]) }));
  expect(result).toMatchObject({ calls: 4, throttled: 2 });
});

test('after a call that ended its instance the next one is cold', async () => {
  const arrivals = new Arrivals();
  for (const [index, afterwards] of (['ended', 'released', 'released'] as const).entries()) {
    const startedBeforeMs = index === 0 ? 0 : null;
    arrivals.add({ at: 1e12 + index * 2000, functionIndex: 0, durationMs: 100, afterwards, startedBeforeMs });
  }
  const result = await simulate(simulation({ arrivals }));
  expect(result).toMatchObject({ coldStarts: 2, coldReasons: { first: 1, crashed: 1 } });
});

test('a runtime that began anew has nothing warm', async () => {
  const arrivals = new Arrivals();
  for (const [second, startedBeforeMs] of [
    [0, 0],
    [10, null],
    [20, 0],
    [30, null],
  ] as const) {
    const at = 1e12 + second * 1000;
    arrivals.add({ at, functionIndex: 0, durationMs: 100, afterwards: 'released', startedBeforeMs });
  }
  const result = await simulate(simulation({ arrivals }));
  expect(result).toMatchObject({ coldStarts: 2, coldReasons: { first: 2 } });
});

test('under a memory budget the function idle longest makes room for another', async () => {
  const functions = [deployed(), deployed({ name: 'other' })];
  const arrivals = new Arrivals();
  for (const [second, functionIndex] of [
    [0, 0],
    [10, 1],
    [20, 0],
  ] as const) {
    const startedBeforeMs = second === 0 ? 0 : null;
    arrivals.add({
      at: 1e12 + second * 1000,
      functionIndex,
      durationMs: 100,
      afterwards: 'released',
      startedBeforeMs,
    });
  }
  const roomy = await simulate(simulation({ functions, arrivals, memoryBudgetMb: 256 }));
  const tight = await simulate(simulation({ functions, arrivals, memoryBudgetMb: 128 }));
  expect(roomy).toMatchObject({ coldStarts: 2, peakContainers: 2 });
  expect(tight).toMatchObject({ coldStarts: 3, peakContainers: 1 });
});

test('what a call costs is what the rate card says of it', async () => {
  const result = await simulate(simulation());
  // One request, and 100 ms with 60 ms of init at 128 MB: 0.0000002 + 0.02 GB-s x 0.0000166667.
  expect(String(result.totalUsd)).toBe('0.000000533334');
});

test('two runs of the same simulation are equal to the last digit', async () => {
  const options = { startAt: 1e12, ratePerSecond: 3, forMs: 600_000, durationsMs: [30, 200, 900], seed: 7 };
  const run = (): Promise<unknown> => {
    const functions = [deployed({ concurrency: 3, freezeMs: 1000, idleTimeoutMs: 2000 })];
    return simulate(simulation({ functions, arrivals: poissonArrivals(options), prewarm: 1 }));
  };
  expect(JSON.stringify(await run())).toBe(JSON.stringify(await run()));
});
