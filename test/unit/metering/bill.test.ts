import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bill, billedMs, priceOf, usageOf } from '../../../runtime/metering/bill.ts';
import { noUsage } from '../../../runtime/metering/meter.ts';
import { DEFAULT_RATE_CARD, findRateCard, RATE_CARDS } from '../../../runtime/metering/rate-cards/index.ts';
import { makeRecord } from '../store/harness.ts';

const OLD_X86 = findRateCard('aws-lambda-x86-2022-08-01');

describe('billed milliseconds', () => {
  // The first rows are REPORT lines that AWS Lambda wrote.
  const cases: [what: string, durationMs: number, initMs: number | null, expected: number][] = [
    ['a warm call', 3.01, null, 4],
    ['a cold one: duration and init together, rounded once', 468.81, 467.43, 937],
    ['another', 400.95, 494.48, 896],
    ['an image function of 2022', 1293.83, 1049.63, 2344],
    ['three decimals', 19.698, 71.96, 92],
    ['a cold timeout', 5000, 578.07, 5579],
    ['a whole number of milliseconds', 2000, null, 2000],
    ['a sum that is whole, though not as doubles', 468.81, 467.19, 936],
    ['the same in the tenths', 0.1, 0.2, 1],
    ['the shortest', 0.001, null, 1],
    ['a microsecond over', 10.001, null, 11],
    ['what never ran', 0, null, 0],
    ['what never ran though an instance was initialised', 0, 120, 0],
  ];
  it.each(cases)('of %s', (_, durationMs, initMs, expected) => {
    expect(billedMs(durationMs, initMs)).toBe(expected);
  });

  it('leave init out where the rule of the time did', () => {
    expect(billedMs(468.81, 467.43, OLD_X86.duration)).toBe(469);
  });

  it('follow steps and minima of other rules', () => {
    const rule = { stepMs: 100, minimumMs: 100, billsInit: true };
    expect(billedMs(1, null, rule)).toBe(100);
    expect(billedMs(100, null, rule)).toBe(100);
    expect(billedMs(100.001, null, rule)).toBe(200);
    expect(billedMs(0, null, rule)).toBe(0);
    expect(billedMs(1, null, { ...rule, stepMs: 1 })).toBe(100);
  });

  it('are the exact ceiling for any two figures to the microsecond', () => {
    const us = fc.integer({ min: 0, max: 900_000_000 });
    fc.assert(
      fc.property(
        us.filter((value) => value > 0),
        us,
        (durationUs, initUs) => {
          const exact = (BigInt(durationUs) + BigInt(initUs) + 999n) / 1000n;
          expect(BigInt(billedMs(durationUs / 1000, initUs / 1000))).toBe(exact);
        },
      ),
    );
  });
});

describe('the bill of one invocation', () => {
  it('is exact to the last digit', () => {
    const charges = bill(makeRecord({ memoryMb: 512, durationMs: 1234.5, billedMs: 1235 }));
    // 512 MB x 1235 ms = 0.6175 GB-s; x 0.0000166667.
    expect(charges.gbSeconds.toString()).toBe('0.6175');
    expect(charges.requestsUsd.toString()).toBe('0.0000002');
    expect(charges.computeUsd.toString()).toBe('0.00001029168725');
    expect(charges.tmpUsd.toString()).toBe('0');
    expect(charges.totalUsd.toString()).toBe('0.00001049168725');
  });

  it('counts /tmp above the 512 MB that are included', () => {
    const charges = bill(makeRecord({ memoryMb: 1024, durationMs: 1000, tmpMb: 1536 }));
    expect(charges.tmpUsd.toString()).toBe('0.0000000309');
    expect(charges.totalUsd.toString()).toBe('0.0000168976');
  });

  it('includes the init phase of a cold start', () => {
    const phases = { ...makeRecord().phases, initMs: 250 };
    const record = makeRecord({ start: 'cold', durationMs: 40, phases, memoryMb: 1024 });
    expect(bill(record).gbSeconds.toString()).toBe('0.29');
    expect(bill(record, OLD_X86).gbSeconds.toString()).toBe('0.04');
  });

  it('counts a failed init once: it is the duration', () => {
    const phases = { ...makeRecord().phases, initMs: 100, handlerMs: null };
    const record = makeRecord({ outcome: 'init-error', start: 'cold', durationMs: 100, phases });
    expect(bill(record).gbSeconds.toString()).toBe('0.0125');
  });

  it.each(['error', 'timeout', 'oom', 'crash'] as const)(
    'charges for what ran and ended as %s',
    (outcome) => {
      expect(bill(makeRecord({ outcome })).requestsUsd.toString()).toBe('0.0000002');
    },
  );

  it.each(['throttled', 'cancelled'] as const)('is nothing for an invocation that was %s', (outcome) => {
    const record = makeRecord({ outcome, start: null, instance: null, durationMs: 0, billedMs: 0 });
    expect(bill(record).totalUsd.toString()).toBe('0');
  });

  it('agrees with the billed milliseconds that the record carries', () => {
    const phases = { ...makeRecord().phases, initMs: 467.43 };
    const record = makeRecord({ durationMs: 468.81, phases, start: 'cold', billedMs: 937 });
    const usage = usageOf({ ...record, initMs: phases.initMs }, DEFAULT_RATE_CARD);
    expect(Number(usage.billedMs)).toBe(record.billedMs);
  });

  it('follows arm64 prices', () => {
    const record = makeRecord({ memoryMb: 1024, durationMs: 1000 });
    expect(bill(record, findRateCard('aws-lambda-arm64')).computeUsd.toString()).toBe('0.0000133334');
  });
});

describe('the vCPU that Google assigns to a function', () => {
  // GiB x 0.0000025 + vCPU x 0.000024 for one second, and a request at 0.0000004.
  it.each([
    ['128 MB: 0.083', 128, '0.0000027045'],
    ['2 GB: 1', 2048, '0.0000294'],
    ['3 GB, as 4 GB: 2', 3072, '0.0000559'],
    ['4 GB: 2', 4096, '0.0000584'],
    ['8 GB: 2', 8192, '0.0000684'],
    ['16 GB: 4', 16_384, '0.0001364'],
  ])('%s', (_, memoryMb, usd) => {
    const record = makeRecord({ durationMs: 1000, memoryMb });
    expect(bill(record, findRateCard('google-cloud-run-functions')).totalUsd.toString()).toBe(usd);
  });
});

describe('rate cards', () => {
  it('are found by family (the newest) and by id', () => {
    expect(findRateCard('aws-lambda-x86')).toBe(DEFAULT_RATE_CARD);
    expect(findRateCard('aws-lambda-arm64').id).toBe('aws-lambda-arm64-2025-08-01');
    for (const card of RATE_CARDS) expect(findRateCard(card.id)).toBe(card);
  });

  it('that do not exist are refused with those that do', () => {
    expect(() => findRateCard('aws')).toThrow(
      expect.objectContaining({
        code: 'UsageError',
        got: 'aws',
        expected: expect.stringContaining('aws-lambda-x86'),
      }),
    );
  });

  it.each(RATE_CARDS.map((card) => [card.id, card] as const))('are well formed: %s', (id, card) => {
    expect(id).toBe(`${card.family}-${card.effectiveFrom}`);
    expect(card.effectiveFrom).toMatch(/^\d{4}-\d\d-\d\d$/);
    const prices = card.perGbSecond.map((tier) => Number(tier.price));
    expect(prices).toEqual(prices.toSorted((a, b) => b - a));
    expect(card.perGbSecond.at(-1)?.upTo).toBeNull();
  });

  it.each(RATE_CARDS.map((card) => [card.id, card] as const))(
    'are documented as they are: %s',
    (id, card) => {
      const docs = readFileSync(new URL('../../../docs/cost.md', import.meta.url), 'utf8');
      const row = docs.split('\n').find((line) => line.startsWith(`| \`${id}\``));
      const init = card.duration.billsInit ? 'billed' : 'free';
      const prices = [card.perRequest, card.perGbSecond[0]?.price, card.tmp.perGbSecond];
      expect(row).toContain(`| ${[card.effectiveFrom, ...prices, init].join(' | ')} |`);
    },
  );

  it('price nothing as nothing', () => {
    expect(priceOf(noUsage(), DEFAULT_RATE_CARD).totalUsd.toString()).toBe('0');
  });
});
