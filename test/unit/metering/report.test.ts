import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTCOMES } from '../../../runtime/core/types.ts';
import { RATE_CARDS } from '../../../runtime/metering/rate-cards/index.ts';
import { COST_GROUPS, costReport, costReportInTurns } from '../../../runtime/metering/report.ts';
import type { CostQuery } from '../../../runtime/metering/report.ts';
import type { RecordFigures } from '../../../runtime/store/store.ts';
import { makeRecord, openTestStore } from '../store/harness.ts';

const DAY = Date.UTC(2026, 0, 2);

const figures = (overrides: Partial<RecordFigures> = {}): RecordFigures => ({
  function: 'hello',
  triggerType: 'http',
  triggerSource: 'GET /hello',
  outcome: 'success',
  start: 'warm',
  receivedAt: DAY,
  initMs: null,
  coldStartMs: 0,
  durationMs: 10,
  memoryMb: 128,
  tmpMb: 512,
  ...overrides,
});

const reportOf = (records: RecordFigures[], query?: CostQuery) =>
  costReport({ figures: () => records.values() }, query);

describe('cost report', () => {
  it('counts what ran, what was cold, what failed and what was refused', () => {
    const { totals } = reportOf([
      figures(),
      figures({ start: 'cold', coldStartMs: 200, initMs: 20 }),
      figures({ start: 'prewarmed', coldStartMs: 3, initMs: 2 }),
      ...OUTCOMES.map((outcome) => figures({ outcome, durationMs: outcome === 'throttled' ? 0 : 30 })),
    ]);
    expect(totals).toMatchObject({ invocations: 11, coldStarts: 2, errors: 5, throttled: 1, cancelled: 1 });
    expect(totals.coldStartMs).toEqual({ p50: 3, p95: 200, p99: 200 });
    expect(totals.durationMs).toEqual({ p50: 30, p95: 30, p99: 30 });
  });

  it('has no row, no money and no percentiles where there are no records', () => {
    const report = reportOf([]);
    expect(report).toMatchObject({ from: null, to: null, rows: [] });
    expect(report.totals.durationMs).toEqual({ p50: null, p95: null, p99: null });
    expect(JSON.parse(JSON.stringify(report.totals))).toMatchObject({
      invocations: 0,
      totalUsd: 0,
      gbSeconds: 0,
    });
  });

  it('has the dearest function first, with the sum of its own records', () => {
    const { rows } = reportOf([
      figures({ function: 'cheap' }),
      figures({ function: 'dear', durationMs: 1000, memoryMb: 1024 }),
      figures({ function: 'cheap' }),
    ]);
    expect(rows.map((row) => [row.function, row.invocations])).toEqual([
      ['dear', 1],
      ['cheap', 2],
    ]);
    expect(rows[0]!.computeUsd.toString()).toBe('0.0000166667');
  });

  it('groups by trigger and by UTC day as well, days in order', () => {
    const records = [
      figures({ receivedAt: DAY + 86_400_000 }),
      figures({ receivedAt: DAY + 86_399_999.999, triggerType: 's3', triggerSource: 'photos' }),
      figures({ receivedAt: DAY, triggerType: 'direct', triggerSource: null, durationMs: 9000 }),
    ];
    expect(reportOf(records, { by: 'day' }).rows.map((row) => [row.day, row.invocations])).toEqual([
      ['2026-01-02', 2],
      ['2026-01-03', 1],
    ]);
    expect(reportOf(records, { by: 'trigger' }).rows.map((row) => row.trigger)).toEqual([
      'direct',
      'http GET /hello',
      's3 photos',
    ]);
  });

  it('says the period: as asked for, else of the records', () => {
    const records = [figures({ receivedAt: DAY + 5 }), figures({ receivedAt: DAY + 1.5 })];
    expect(reportOf(records)).toMatchObject({
      from: '2026-01-02T00:00:00.001Z',
      to: '2026-01-02T00:00:00.005Z',
    });
    expect(reportOf(records, { since: DAY, until: DAY + 1000 })).toMatchObject({
      from: '2026-01-02T00:00:00.000Z',
      to: '2026-01-02T00:00:01.000Z',
    });
  });

  it('writes money into JSON with every digit, in the documented shape', () => {
    const records = Array.from({ length: 1_000 }, () =>
      figures({ durationMs: 12_345.678, memoryMb: 131, tmpMb: 513 }),
    );
    const text = JSON.stringify(reportOf(records, { since: DAY, until: DAY + 1 }));
    // 1,000 x 131 MB x 12,346 ms = 1579.419921875 GB-s, and 12.056640625 GB-s of /tmp.
    const sums =
      '"invocations":1000,"coldStarts":0,"errors":0,"throttled":0,"cancelled":0,"billedMs":12346000,' +
      '"gbSeconds":1579.419921875,"requestsUsd":0.0002,"computeUsd":0.0263237180119140625,' +
      '"tmpUsd":0.0000003725501953125,"totalUsd":0.026524090562109375,' +
      '"coldStartMs":{"p50":null,"p95":null,"p99":null},"durationMs":{"p50":12345.678,"p95":12345.678,"p99":12345.678}';
    expect(text).toBe(
      '{"rates":{"id":"aws-lambda-x86-2025-08-01","name":"AWS Lambda x86, us-east-1 (init billed)",' +
        '"effectiveFrom":"2025-08-01","source":"https://aws.amazon.com/lambda/pricing/ (AWS price list of us-east-1, read 2025-10-28)"},' +
        '"by":"function","from":"2026-01-02T00:00:00.000Z","to":"2026-01-02T00:00:00.001Z",' +
        `"rows":[{"function":"hello",${sums}}],"totals":{${sums}}}`,
    );
  });

  it('adds up: rows and totals are the sums over the records, to the last digit', () => {
    fc.assert(
      fc.property(
        fc.array(anyFigures, { maxLength: 60 }),
        fc.constantFrom(...COST_GROUPS),
        fc.constantFrom(...RATE_CARDS),
        (records, by, rates) => {
          const report = reportOf(records, { by, rates });
          const sum = records.map((record) => byHand(record, rates)).reduce(plus, [0n, 1n]);
          expect(rational(report.totals.totalUsd)).toEqual(reduced(sum));
          const ofRows = report.rows.map((row) => rational(row.totalUsd)).reduce(plus, [0n, 1n]);
          expect(reduced(ofRows)).toEqual(reduced(sum));
        },
      ),
    );
  });

  it('equals the records that the ledger holds', () => {
    const { store } = openTestStore();
    const phases = { ...makeRecord().phases, initMs: 467.43 };
    store.ledger.append(makeRecord({ start: 'cold', durationMs: 468.81, phases, receivedAt: DAY }));
    store.ledger.append(
      makeRecord({ function: 'resize', memoryMb: 512, durationMs: 50, receivedAt: DAY + 1 }),
    );
    store.ledger.append(makeRecord({ receivedAt: DAY + 2 }));
    const report = costReport(store.ledger, { until: DAY + 2 });
    expect(report.totals.billedMs).toBe(937 + 50);
    expect(costReport(store.ledger, { function: 'resize' }).totals.invocations).toBe(1);
    expect(costReport(store.ledger, { since: DAY + 1 }).totals.invocations).toBe(2);
  });
});

describe('cost report in turns', () => {
  it('is the same report, and lets others run in between', async () => {
    const records = Array.from({ length: 5000 }, (_, i) => figures({ durationMs: i, function: `f${i % 3}` }));
    let others = 'waiting';
    setImmediate(() => (others = 'had a turn'));
    const report = await costReportInTurns({ figures: () => records.values() });
    expect(others).toBe('had a turn');
    expect(JSON.stringify(report)).toBe(JSON.stringify(reportOf(records)));
  });
});

// The same sums by another method: rational numbers, one record at a time.
type Rational = [numerator: bigint, denominator: bigint];
const plus = ([a, b]: Rational, [c, d]: Rational): Rational => [a * d + c * b, b * d];
const times = ([a, b]: Rational, [c, d]: Rational): Rational => [a * c, b * d];
const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
const reduced = ([a, b]: Rational): Rational => [a / gcd(a, b), b / gcd(a, b)];
const rational = (value: { toString(): string }): Rational => {
  const [integer = '', fraction = ''] = value.toString().split('.');
  return reduced([BigInt(integer + fraction), 10n ** BigInt(fraction.length)]);
};

function byHand(record: RecordFigures, rates: (typeof RATE_CARDS)[number]): Rational {
  if (record.durationMs === 0) return [0n, 1n];
  const initMs = rates.duration.billsInit && record.outcome !== 'init-error' ? (record.initMs ?? 0) : 0;
  const us = BigInt(Math.round(record.durationMs * 1000)) + BigInt(Math.round(initMs * 1000));
  const seconds: Rational = [us / 1000n + (us % 1000n > 0n ? 1n : 0n), 1000n];
  const gb: Rational = [BigInt(record.memoryMb), 1024n];
  const tmpGb: Rational = [BigInt(record.tmpMb) - 512n, 1024n];
  const compute = times(times(gb, seconds), rational(rates.perGbSecond[0]!.price));
  const tmp = times(times(tmpGb, seconds), rational(rates.tmp.perGbSecond));
  return [compute, tmp].reduce(plus, rational(rates.perRequest));
}

const ms = fc.integer({ min: 0, max: 900_000_000 }).map((us) => us / 1000);
const anyFigures: fc.Arbitrary<RecordFigures> = fc
  .record({
    function: fc.constantFrom('a', 'b', 'c'),
    triggerSource: fc.constantFrom(null, 'x', 'y'),
    receivedAt: fc.integer({ min: DAY, max: DAY + 3 * 86_400_000 }),
    outcome: fc.constantFrom(...OUTCOMES),
    start: fc.constantFrom(null, 'warm', 'prewarmed', 'cold'),
    initMs: fc.option(ms, { nil: null }),
    durationMs: ms,
    memoryMb: fc.integer({ min: 128, max: 10_240 }),
    tmpMb: fc.integer({ min: 512, max: 10_240 }),
  })
  .map((some) => figures(some));
