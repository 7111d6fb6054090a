import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COLD_REASONS, OUTCOMES } from '../../../runtime/core/types.ts';
import type { InvocationRecord } from '../../../runtime/core/types.ts';
import { compareRates, COST_GROUPS, costReport } from '../../../runtime/metering/report.ts';
import type { CostQuery } from '../../../runtime/metering/report.ts';
import { RATE_CARDS } from '../../../runtime/metering/rate-cards/index.ts';
import type { RateCard } from '../../../runtime/metering/rate-cards/rate-card.ts';
import { silentLogger } from '../../../runtime/core/log.ts';
import { openStore } from '../../../runtime/store/open.ts';
import type { Store } from '../../../runtime/store/store.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRecord } from '../store/harness.ts';
import { byHand, plus, rational, reduced } from './by-hand.ts';
import type { Rational } from './by-hand.ts';

const DAY = Date.UTC(2026, 0, 2);

// One real ledger for all tests: a property of a hundred runs would open a hundred.
let folder: string;
let store: Store;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'faas-report-'));
  store = openStore(folder, { log: silentLogger });
});
beforeEach(() => store.database.exec('DELETE FROM records; DELETE FROM instances'));
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

type Given = Partial<InvocationRecord> & { initMs?: number | null };
const record = ({ initMs = null, ...overrides }: Given = {}): InvocationRecord =>
  makeRecord({
    receivedAt: DAY,
    durationMs: 10,
    phases: { ...makeRecord().phases, initMs },
    trigger: { type: 'http', source: 'GET /hello' },
    ...overrides,
  });

function ledgerOf(records: InvocationRecord[]): Store {
  store.ledger.flush();
  store.database.exec('DELETE FROM records');
  for (const one of records) store.ledger.append(one);
  return store;
}
const reportOf = (records: InvocationRecord[], query?: CostQuery) => costReport(ledgerOf(records), query);

describe('cost report', () => {
  it('counts what ran, what was cold, what failed and what was refused', () => {
    const { totals } = reportOf([
      record(),
      record({ start: 'cold', coldReason: 'first', coldStartMs: 200, initMs: 20 }),
      record({ start: 'prewarmed', coldReason: 'expired', coldStartMs: 3, initMs: 2 }),
      ...OUTCOMES.map((outcome) => record({ outcome, durationMs: outcome === 'throttled' ? 0 : 30 })),
    ]);
    expect(totals).toMatchObject({ invocations: 11, coldStarts: 2, errors: 5, throttled: 1, cancelled: 1 });
    expect(totals.coldStartMs).toEqual({ p50: 3, p95: 200, p99: 200 });
    expect(totals.durationMs).toEqual({ p50: 30, p95: 30, p99: 30 });
    expect(totals.coldReasons).toMatchObject({ first: 1, expired: 1, 'scale-out': 0 });
  });

  it('takes cold starts apart into their phases, each with its own percentiles', () => {
    const cold = (provisionMs: number, bootMs: number | null, initMs: number) =>
      record({
        start: bootMs === null ? 'prewarmed' : 'cold',
        phases: { ...makeRecord().phases, provisionMs, bootMs, initMs },
      });
    const { totals } = reportOf([cold(1, null, 5), cold(40, 60.5, 7), cold(42, 61, 9), record()]);
    expect(totals.coldPhasesMs).toEqual({
      provision: { p50: 40, p95: 42, p99: 42 },
      boot: { p50: 60.5, p95: 61, p99: 61 },
      init: { p50: 7, p95: 9, p99: 9 },
    });
  });

  it('has no row, no money and no percentiles where there are no records', () => {
    const report = reportOf([]);
    expect(report).toMatchObject({ from: null, to: null, rows: [], waste: [] });
    expect(report.totals.durationMs).toEqual({ p50: null, p95: null, p99: null });
    expect(JSON.parse(JSON.stringify(report.totals))).toMatchObject({
      invocations: 0,
      totalUsd: 0,
      gbSeconds: 0,
    });
  });

  it('has the dearest function first, with the sum of its own records', () => {
    const { rows } = reportOf([
      record({ function: 'cheap' }),
      record({ function: 'dear', durationMs: 1000, memoryMb: 1024 }),
      record({ function: 'cheap' }),
    ]);
    expect(rows.map((row) => [row.function, row.invocations])).toEqual([
      ['dear', 1],
      ['cheap', 2],
    ]);
    expect(rows[0]!.computeUsd.toString()).toBe('0.0000166667');
  });

  it('groups by trigger, revision, UTC day and UTC hour as well, times in order', () => {
    const records = [
      record({ receivedAt: DAY + 86_400_000 }),
      record({
        receivedAt: DAY + 86_399_999.999,
        trigger: { type: 's3', source: 'photos' },
        revision: 'bbb',
      }),
      record({ receivedAt: DAY, trigger: { type: 'direct', source: null }, durationMs: 9000 }),
    ];
    expect(reportOf(records, { by: 'day' }).rows.map((row) => [row.day, row.invocations])).toEqual([
      ['2026-01-02', 2],
      ['2026-01-03', 1],
    ]);
    expect(reportOf(records, { by: 'hour' }).rows.map((row) => row.hour)).toEqual([
      '2026-01-02T00:00Z',
      '2026-01-02T23:00Z',
      '2026-01-03T00:00Z',
    ]);
    expect(reportOf(records, { by: 'trigger' }).rows.map((row) => row.trigger)).toEqual([
      'direct',
      'http GET /hello',
      's3 photos',
    ]);
    expect(
      reportOf(records, { by: 'revision' }).rows.map((row) => [row.function, row.revision, row.invocations]),
    ).toEqual([
      ['hello', 'abcdef012345', 2],
      ['hello', 'bbb', 1],
    ]);
  });

  it('says the period: as asked for, else of the records', () => {
    const records = [record({ receivedAt: DAY + 5 }), record({ receivedAt: DAY + 1.5 })];
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
      record({ durationMs: 12_345.678, memoryMb: 131, tmpMb: 513 }),
    );
    const text = JSON.stringify(reportOf(records, { since: DAY, until: DAY + 1 }));
    const nothing = '{"p50":null,"p95":null,"p99":null}';
    // 1,000 x 131 MB x 12,346 ms = 1579.419921875 GB-s, and 12.056640625 GB-s of /tmp.
    const sums =
      '"invocations":1000,"coldStarts":0,"errors":0,"throttled":0,"cancelled":0,"billedMs":12346000,' +
      '"gbSeconds":1579.419921875,"requestsUsd":0.0002,"computeUsd":0.0263237180119140625,' +
      '"tmpUsd":0.0000003725501953125,"totalUsd":0.026524090562109375,' +
      `"coldStartMs":${nothing},"durationMs":{"p50":12345.678,"p95":12345.678,"p99":12345.678},"unpriced":0,` +
      `"coldPhasesMs":{"provision":${nothing},"boot":${nothing},"init":${nothing}},` +
      '"coldReasons":{"first":0,"scale-out":0,"expired":0,"new-revision":0,"crashed":0}';
    expect(text).toContain(
      '{"rates":{"id":"aws-lambda-x86-2025-08-01","name":"AWS Lambda x86, us-east-1 (init billed)",' +
        '"effectiveFrom":"2025-08-01","source":"https://aws.amazon.com/lambda/pricing/ (AWS price list of us-east-1, read 2025-10-28, checked 2026-11-25)"},' +
        '"by":"function","from":"2026-01-02T00:00:00.000Z","to":"2026-01-02T00:00:00.001Z",' +
        `"rows":[{"function":"hello",${sums}}],"totals":{${sums}},` +
        '"invoice":{"freeTier":false,"months":[{"month":"2026-01","requestsUsd":0.0002,"computeUsd":0.0263237180119140625,' +
        '"tmpUsd":0.0000003725501953125,"subscriptionUsd":0,"totalUsd":0.026524090562109375}],"totalUsd":0.026524090562109375,"savedUsd":0}',
    );
  });

  it('adds up on every rate card: rows and totals are the sums over the records, to the last digit', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { maxLength: 40 }),
        fc.constantFrom(...COST_GROUPS),
        fc.constantFrom(...RATE_CARDS),
        (records, by, rates) => {
          const report = reportOf(records, { by, rates });
          const sum = sumByHand(records, rates);
          expect(rational(report.totals.totalUsd)).toEqual(sum);
          const ofRows = report.rows.map((row) => rational(row.totalUsd)).reduce(plus, [0n, 1n]);
          expect(reduced(ofRows)).toEqual(sum);
        },
      ),
    );
  });

  it('compares cards by the same sums, cheapest invoice first', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 20 }), (records) => {
        const { rows } = compareRates(ledgerOf(records), {}, RATE_CARDS);
        expect(rows.map(({ rates }) => rates.id).toSorted()).toEqual(
          RATE_CARDS.map(({ id }) => id).toSorted(),
        );
        for (const row of rows) {
          const card = RATE_CARDS.find(({ id }) => id === row.rates.id)!;
          expect(rational(row.totalUsd)).toEqual(sumByHand(records, card));
        }
        const invoices = rows.map(({ invoiceUsd }) => Number(invoiceUsd.toString()));
        expect(invoices).toEqual(invoices.toSorted((a, b) => a - b));
      }),
      { numRuns: 20 },
    );
  });

  it('reads only the records it is asked for', () => {
    ledgerOf([
      record({ start: 'cold', durationMs: 468.81, initMs: 467.43, receivedAt: DAY }),
      record({ function: 'resize', memoryMb: 512, durationMs: 50, receivedAt: DAY + 1 }),
      record({ receivedAt: DAY + 2 }),
    ]);
    expect(costReport(store, { until: DAY + 2 }).totals.billedMs).toBe(937 + 50);
    expect(costReport(store, { function: 'resize' }).totals.invocations).toBe(1);
    expect(costReport(store, { since: DAY + 1 }).totals.invocations).toBe(2);
    expect(costReport(store, { function: 'nobody' }).totals.invocations).toBe(0);
  });

  it('bills the init of a provisioned instance with its first call, which was warm', () => {
    const { totals } = reportOf([record({ start: 'warm', durationMs: 10, initMs: 90 }), record()]);
    expect(totals).toMatchObject({ billedMs: 110, coldStarts: 0 });
    expect(totals.coldPhasesMs.init.p50).toBeNull();
  });

  it('counts a large event that nobody waited for as several requests', () => {
    const s3 = { type: 's3', source: 'photos' } as const;
    const { totals } = reportOf([
      record({ trigger: s3, requestBytes: 262_144 }),
      record({ trigger: s3, requestBytes: 262_145 }),
      record({ trigger: s3, requestBytes: 1_048_576 }),
      record({ requestBytes: 5_000_000 }),
    ]);
    // 1 + 2 + 13 + 1
    expect(totals.requestsUsd.toString()).toBe('0.0000034');
  });
});

describe('what was not used', () => {
  const trail = (from: number, to: number | null) => ({
    id: crypto.randomUUID(),
    function: 'hello',
    revision: 'abcdef012345',
    driver: 'process',
    memoryMb: 1024,
    states: [
      { state: 'starting' as const, at: from - 100 },
      { state: 'idle' as const, at: from },
      ...(to === null ? [] : [{ state: 'stopping' as const, at: to }]),
    ],
    endReason: to === null ? null : ('idle' as const),
    calls: 1,
    peakMemoryMb: null,
  });

  it('is the time instances were ready and ran nothing', () => {
    ledgerOf([record({ memoryMb: 1024, durationMs: 1500 }), record({ memoryMb: 1024, durationMs: 500 })]);
    store.instances.save(trail(DAY, DAY + 10_000));
    store.instances.save(trail(DAY, DAY + 5000));
    const [waste] = costReport(store).waste;
    expect(waste).toMatchObject({ function: 'hello', instances: 2 });
    expect(waste!.idleGbSeconds.toString()).toBe('13');
    expect(waste!.busyGbSeconds.toString()).toBe('2');
  });

  it('is counted only within the period, living instances included', () => {
    ledgerOf([record({ memoryMb: 1024, durationMs: 1000, receivedAt: DAY + 3000 })]);
    store.instances.save(trail(DAY, DAY + 10_000));
    const live = [{ function: 'hello', memoryMb: 1024, from: DAY, to: DAY + 60_000 }];
    const [waste] = costReport(store, { since: DAY + 2000, until: DAY + 6000, live }).waste;
    expect(waste!.instances).toBe(2);
    expect(waste!.idleGbSeconds.toString()).toBe('7');
  });

  const sizes: [what: string, memoryMb: number, peaks: (number | null)[], suggested: number | null][] = [
    ['a fifth above the peak has to fit', 512, [61, 40], 128],
    ['the highest peak counts', 1024, [61, 400], 512],
    ['there is no smaller size', 128, [20], null],
    ['none was read', 512, [null], null],
    ['some were read', 512, [null, 100], 128],
    ['the peak is near the setting', 256, [220], null],
  ];
  it.each(sizes)('suggests a size: %s', (_, memoryMb, peaks, suggested) => {
    const records = peaks.map((maxMemoryMb) => record({ memoryMb, maxMemoryMb, durationMs: 1000 }));
    const [waste] = reportOf(records).waste;
    expect(waste!.suggestedMemoryMb).toBe(suggested);
    if (suggested !== null) {
      const ratio = Number(waste!.suggestedComputeUsd!.toString()) / Number(waste!.computeUsd.toString());
      expect(ratio).toBeCloseTo(suggested / memoryMb, 12);
    }
  });

  it('has no price for a smaller setting where the setting is not what is billed', () => {
    const azure = RATE_CARDS.find(({ memory }) => memory?.basis === 'used')!;
    const [waste] = reportOf([record({ memoryMb: 512, maxMemoryMb: 50 })], { rates: azure }).waste;
    expect(waste).toMatchObject({ suggestedMemoryMb: 128, suggestedComputeUsd: null });
  });
});

const sumByHand = (records: InvocationRecord[], rates: RateCard): Rational =>
  reduced(records.map((one) => byHand(one, rates)).reduce(plus, [0n, 1n]));

const ms = fc.integer({ min: 0, max: 900_000_000 }).map((us) => us / 1000);
const anyRecord: fc.Arbitrary<InvocationRecord> = fc
  .record({
    function: fc.constantFrom('a', 'b', 'c'),
    revision: fc.constantFrom('r1', 'r2', null),
    trigger: fc.record({
      type: fc.constantFrom('http', 's3', 'schedule', 'direct'),
      source: fc.constantFrom(null, 'x', 'y, "z"'),
    }),
    receivedAt: fc.integer({ min: DAY, max: DAY + 60 * 86_400_000 }),
    outcome: fc.constantFrom(...OUTCOMES),
    start: fc.constantFrom(null, 'warm', 'prewarmed', 'cold'),
    coldReason: fc.constantFrom(null, ...COLD_REASONS),
    initMs: fc.option(ms, { nil: null }),
    durationMs: ms,
    memoryMb: fc.integer({ min: 128, max: 10_240 }),
    tmpMb: fc.integer({ min: 1, max: 10_240 }),
    maxMemoryMb: fc.option(fc.integer({ min: 1, max: 10_240 }), { nil: null }),
    cpuMs: fc.option(ms, { nil: null }),
    requestBytes: fc.oneof(fc.nat(1000), fc.nat(6_000_000)),
  })
  .map((some) => record(some));
