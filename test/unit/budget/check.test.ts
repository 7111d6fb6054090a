import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { githubAnnotations, junitReport } from '../../../cli/budget/ci-formats.ts';
import { baselineOf } from '../../../runtime/budget/baseline.ts';
import { checkBudgets } from '../../../runtime/budget/check.ts';
import { observe, usdPer1000, type Observed } from '../../../runtime/budget/observe.ts';
import type { Budget } from '../../../runtime/config/measure-fields.ts';
import { billedMs } from '../../../runtime/metering/bill.ts';
import type { InvocationRecord } from '../../../runtime/core/types.ts';
import { DEFAULT_RATE_CARD } from '../../../runtime/metering/rate-cards/index.ts';

const record = (durationMs: number, overrides: Partial<InvocationRecord> = {}): InvocationRecord => ({
  requestId: 'r',
  function: 'hello',
  revision: 'r1',
  instance: 'i',
  trigger: { type: 'direct', source: null },
  outcome: 'success',
  errorType: null,
  errorMessage: null,
  start: 'warm',
  coldReason: null,
  receivedAt: 1,
  phases: {
    queueMs: 0,
    provisionMs: null,
    bootMs: null,
    initMs: null,
    thawMs: null,
    handlerMs: durationMs,
  },
  coldStartMs: 0,
  durationMs,
  billedMs: billedMs(durationMs, null),
  memoryMb: 128,
  maxMemoryMb: 64,
  cpuMs: 1,
  tmpMb: 512,
  tmpUsedMb: null,
  requestBytes: 2,
  responseBytes: 2,
  attempt: 1,
  parentRequestId: null,
  ...overrides,
});

/** `n` calls around `ms`, of which every tenth was cold. */
const calls = (n: number, ms: number): Observed =>
  observe(
    'hello',
    Array.from({ length: n }, (_, index) => {
      const cold =
        index % 10 === 0 ? ({ start: 'cold', coldStartMs: 200 + ((index * 7) % 60) } as const) : {};
      return record(ms + (index % 7), cold);
    }),
    DEFAULT_RATE_CARD,
  );

const check = (observed: Observed, budget: Budget, before?: Observed, strict = false) =>
  checkBudgets([observed], {
    config: { budget },
    baseline: before && { version: 1, functions: { hello: baselineOf(before) } },
    comparison: { tolerance: 0.1 },
    strict,
  });

describe('a limit', () => {
  test.each<{ what: string; budget: Budget; verdict: string }>([
    { what: 'above what is seen holds', budget: { durationP95: 30 }, verdict: 'within' },
    { what: 'far below it is broken', budget: { durationP95: 15 }, verdict: 'over' },
    { what: 'for cold starts looks at cold ones only', budget: { coldStartP95: 199 }, verdict: 'over' },
    { what: 'for billed time takes the mean', budget: { billedMs: 23.01 }, verdict: 'within' },
    { what: 'for the cold rate', budget: { coldRate: 0.02 }, verdict: 'over' },
    {
      what: 'for the cold rate that is only just passed is perhaps',
      budget: { coldRate: 0.09 },
      verdict: 'perhaps',
    },
    { what: 'for memory is about what stays free', budget: { memoryHeadroom: 0.5 }, verdict: 'within' },
    { what: 'for memory is broken by a single peak', budget: { memoryHeadroom: 0.51 }, verdict: 'over' },
    { what: 'for money', budget: { usdPer1000: 0.0001 }, verdict: 'over' },
  ])('$what', ({ budget, verdict }) => {
    const { functions, ok } = check(calls(100, 20), budget);
    expect(functions[0]?.findings.map((one) => one.verdict)).toEqual([verdict]);
    expect(ok).toBe(verdict !== 'over');
  });

  test('without anything measured fails only where one is strict', () => {
    const none = observe('hello', [record(1, { outcome: 'throttled' })], DEFAULT_RATE_CARD);
    expect(check(none, { coldStartP95: 1 })).toMatchObject({
      ok: true,
      functions: [{ calls: 0, findings: [{ verdict: 'no data' }] }],
    });
    expect(check(none, { coldStartP95: 1 }, undefined, true).ok).toBe(false);
  });

  test('of a function goes before that of all', () => {
    const { functions } = checkBudgets([calls(50, 20)], {
      config: { budget: { durationP95: 1, billedMs: 1 }, budgets: { hello: { durationP95: 1000 } } },
      baseline: undefined,
      comparison: { tolerance: 0.1 },
      strict: false,
    });
    expect(functions[0]?.findings.map(({ limit }) => limit)).toEqual([1000, 1]);
  });
});

describe('against a saved state', () => {
  const verdicts = (now: Observed, before: Observed): Record<string, string> =>
    Object.fromEntries(
      check(now, {}, before).functions[0]?.changes.map(({ measure, verdict }) => [measure, verdict]) ?? [],
    );

  test('the same is the same', () => {
    expect(new Set(Object.values(verdicts(calls(200, 20), calls(60, 20))))).toEqual(new Set(['same']));
  });

  test('a shift beyond the tolerance is worse, and better the other way', () => {
    expect(verdicts(calls(60, 40), calls(60, 20))).toMatchObject({ durationMs: 'worse', billedMs: 'worse' });
    expect(verdicts(calls(60, 20), calls(60, 40))).toMatchObject({ durationMs: 'better' });
    expect(check(calls(60, 40), {}, calls(60, 20)).ok).toBe(false);
  });

  test('a shift within the tolerance is none, however sure it is', () => {
    expect(verdicts(calls(1000, 21), calls(1000, 20))).toMatchObject({ durationMs: 'same' });
  });

  test('a few slow calls among many decide nothing', () => {
    const now = calls(100, 20);
    now.durationMs.splice(-3, 3, 900, 900, 900);
    expect(verdicts(now, calls(100, 20))).toMatchObject({ durationMs: 'same' });
  });

  test('two calls prove nothing', () => {
    expect(verdicts(calls(2, 40), calls(2, 20))).toMatchObject({ durationMs: 'same' });
  });
});

test('what a thousand calls cost follows from what each was billed', () => {
  // 10 calls of 20 ms at 128 MB: 0.0000002 + 0.0025 GB-s x 0.0000166667 each.
  const observed = observe(
    'hello',
    Array.from({ length: 10 }, () => record(20)),
    DEFAULT_RATE_CARD,
  );
  expect(usdPer1000(observed)).toBeCloseTo(0.00024166675, 12);
});

describe('continuous integration reads', () => {
  const broken = check(calls(100, 20), { durationP95: 15, coldRate: 0.09 });

  test('JUnit: a case a limit, a failure where it is broken', () => {
    const xml = junitReport(broken, false);
    expect(XMLValidator.validate(xml)).toBe(true);
    const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(xml);
    expect(testsuites.testsuite).toMatchObject({ '@_name': 'hello', '@_tests': '2', '@_failures': '1' });
    expect(testsuites.testsuite.testcase[0]).toMatchObject({
      '@_name': 'duration p95',
      failure: { '@_message': 'duration p95: 26.0 ms, expected at most 15.0 ms (100 samples)' },
    });
    expect(testsuites.testsuite.testcase[1]['system-out']).toContain('within the noise');
  });

  test('annotations: an error for what is broken, a warning for what is perhaps', () => {
    const text = githubAnnotations(broken, { strict: false, configFile: '/p/faas.config.ts', cwd: '/p' });
    expect(text.split('\n')).toEqual([
      '::error file=faas.config.ts,title=faas budget%3A hello::duration p95: 26.0 ms, expected at most 15.0 ms (100 samples)',
      expect.stringMatching(/^::warning .*10\.0 %25, expected at most 9\.0 %25/),
    ]);
    const fine = check(calls(100, 20), {});
    expect(githubAnnotations(fine, { strict: false, configFile: null, cwd: '/' })).toBe(
      '::notice title=faas budget::within budget',
    );
  });
});
