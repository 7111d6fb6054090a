import { describe, expect, test } from 'vitest';
import { poissonArrivals } from '../../../runtime/what-if/poisson.ts';
import { StartTimes } from '../../../runtime/what-if/profile.ts';
import { scenarios, withScenario } from '../../../runtime/what-if/scenarios.ts';
import { readTrace } from '../../../runtime/what-if/trace.ts';
import { deployed, profile } from './support.ts';

describe('a trace', () => {
  test('is read in any order, with and without names, headings and comments', () => {
    const arrivals = readTrace('time,duration\n# a day\n2000,20.5\n1000,10,other\r\n\n3000,0,hello\n', [
      'hello',
      'other',
    ]);
    expect([0, 1, 2].map((index) => arrivals.get(index))).toMatchObject([
      { at: 1000, durationMs: 10, functionIndex: 1 },
      { at: 2000, durationMs: 20.5, functionIndex: 0 },
      { at: 3000, durationMs: 0, functionIndex: 0 },
    ]);
  });

  test('takes ISO dates', () => {
    const arrivals = readTrace('2026-11-24T10:00:00Z,5', ['hello']);
    expect(arrivals.firstAt).toBe(Date.UTC(2026, 10, 24, 10));
  });

  test.each([
    { text: '', expected: /at least one line/ },
    { text: '1000', expected: /a duration/ },
    { text: '1000,-1', expected: /a duration/ },
    { text: '1,1\nyesterday,1', expected: /a time/, got: /line 2/ },
    { text: '1000,1,gone', expected: /a function among hello/ },
  ])('that is wrong is refused: $text', ({ text, expected, got = /./ }) => {
    expect(() => readTrace(text, ['hello'])).toThrow(
      expect.objectContaining({
        code: 'UsageError',
        expected: expect.stringMatching(expected),
        got: expect.stringMatching(got),
      }),
    );
  });
});

test('random calls come at the rate asked for, the same ones for the same seed', () => {
  const options = { startAt: 0, ratePerSecond: 10, forMs: 1_000_000, durationsMs: [1, 2], seed: 1 };
  const arrivals = poissonArrivals(options);
  // The standard deviation of 10,000 expected arrivals is 100.
  expect(Math.abs(arrivals.length - 10_000)).toBeLessThan(400);
  expect(poissonArrivals(options).get(99)).toEqual(arrivals.get(99));
  expect(poissonArrivals({ ...options, seed: 2 }).get(99)).not.toEqual(arrivals.get(99));
});

describe('a grid', () => {
  test('has the settings in force first and then every combination', () => {
    expect(scenarios({ idleTimeoutMs: [1, 2], concurrency: [5, 10] })).toEqual([
      {},
      { idleTimeoutMs: 1, concurrency: 5 },
      { idleTimeoutMs: 1, concurrency: 10 },
      { idleTimeoutMs: 2, concurrency: 5 },
      { idleTimeoutMs: 2, concurrency: 10 },
    ]);
    expect(scenarios({})).toEqual([{}]);
  });

  test('changes what it names and never asks for a minimum above the most', () => {
    const [changed] = withScenario([deployed({ provisioned: 5 })], { concurrency: 2, prewarm: 3 });
    expect(changed?.settings).toEqual(deployed({ provisioned: 2, concurrency: 2 }).settings);
  });
});

test('a simulated start takes what the recorded one nearest in time took, each once, then in turn', () => {
  const samples = [1000, 2000, 3000].map((at) => ({ at, provisionMs: at, bootMs: 0, initMs: 0 }));
  const times = new StartTimes(profile({ fresh: new Map([['hello', samples]]) }));
  const taken = [2900, 1100, 1200, 500, 600].map((at) => times.fresh('hello', at).provisionMs);
  expect(taken).toEqual([3000, 1000, 2000, 1000, 2000]);
});
