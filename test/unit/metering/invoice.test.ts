import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invoiceOf } from '../../../runtime/metering/invoice.ts';
import { noUsage } from '../../../runtime/metering/meter.ts';
import type { Usage } from '../../../runtime/metering/meter.ts';
import { projectionOf } from '../../../runtime/metering/projection.ts';
import { findRateCard, RATE_CARDS } from '../../../runtime/metering/rate-cards/index.ts';
import { plus, rational, reduced } from './by-hand.ts';
import type { Rational } from './by-hand.ts';

const X86 = findRateCard('aws-lambda-x86');
const usage = (gbSeconds: number, requests = 0, more: Partial<Usage> = {}): Usage => ({
  ...noUsage(),
  requests: BigInt(requests),
  memoryMbMs: BigInt(gbSeconds) * 1_024_000n,
  ...more,
});
const total = (months: Record<string, Usage>, card = X86, freeTier = false): string =>
  invoiceOf(new Map(Object.entries(months)), card, { freeTier }).totalUsd.toString();

describe('an invoice', () => {
  const cases: [what: string, gbSeconds: number, requests: number, freeTier: boolean, usd: string][] = [
    ['of nothing', 0, 0, false, '0'],
    ['within the first tier', 1_000_000, 0, false, '16.6667'],
    // AWS's own example 1: 3 million calls of 1 s at 512 MB: (1,500,000 - 400,000) x 0.0000166667 + 2M x 0.0000002
    ['of the example on the pricing page', 1_500_000, 3_000_000, true, '18.73337'],
    ['at the end of the first tier', 6_000_000_000, 0, false, '100000.2'],
    // 6 G x 0.0000166667 + 1 G x 0.000015
    ['within the second tier', 7_000_000_000, 0, false, '115000.2'],
    // 6 G x 0.0000166667 + 9 G x 0.000015 + 5 G x 0.0000133334
    ['within the third tier', 20_000_000_000, 0, false, '301667.2'],
    ['with everything free', 400_000, 1_000_000, true, '0'],
    ['one request over', 0, 1_000_001, true, '0.0000002'],
  ];
  it.each(cases)('%s', (_, gbSeconds, requests, freeTier, usd) => {
    expect(total({ '2026-11': usage(gbSeconds, requests) }, X86, freeTier)).toBe(usd);
  });

  it('begins every month with the first tier and with what is free', () => {
    const half = usage(5_000_000_000);
    expect(total({ '2026-10': half, '2026-11': half })).toBe('166667');
    const free = usage(400_000, 1_000_000);
    expect(total({ '2026-10': free, '2026-11': free }, X86, true)).toBe('0');
  });

  it('of Cloudflare has the subscription where the included use is subtracted', () => {
    const workers = findRateCard('cloudflare-workers');
    // Cloudflare's own example 1: 15 M requests of 7 ms: 5 + 1.50 + 1.50
    const month = usage(0, 15_000_000, { cpuUs: 15_000_000n * 7000n });
    expect(total({ '2026-11': month }, workers, true)).toBe('8');
    // 15 M x 0.0000003 + 105 M ms x 0.00000002
    expect(total({ '2026-11': month }, workers)).toBe('6.6');
  });

  it('of Google subtracts vCPU-seconds and GB-seconds each for itself', () => {
    const google = findRateCard('google-cloud-run-functions');
    const month = usage(400_000, 2_000_000, { milliVcpuMs: 200_000n * 1_000_000n });
    // 40,000 GB-s x 0.0000025 + 20,000 vCPU-s x 0.000024
    expect(total({ '2026-11': month }, google, true)).toBe('0.58');
  });

  it('without free tier and tiers is the sum of its records, on every card', () => {
    for (const card of RATE_CARDS) {
      const { savedUsd } = invoiceOf(new Map([['2026-11', usage(1000, 1000)]]), card);
      expect(savedUsd.toString()).toBe('0');
    }
  });

  it('fills tiers as filling buckets would, to the last digit', () => {
    const gbSeconds = fc.bigInt({ min: 0n, max: 40_000_000_000n });
    fc.assert(
      fc.property(gbSeconds, fc.constantFrom(...RATE_CARDS), (used, card) => {
        let left = used;
        let from = 0n;
        let sum: Rational = [0n, 1n];
        for (const { upTo, price } of card.perGbSecond) {
          const room = upTo === null ? left : BigInt(upTo) - from;
          const here = left < room ? left : room;
          const [numerator, denominator] = rational(price);
          sum = plus(sum, [here * numerator, denominator]);
          left -= here;
          from += here;
        }
        const month = { ...noUsage(), memoryMbMs: used * 1_024_000n };
        expect(rational(invoiceOf(new Map([['2026-11', month]]), card).totalUsd)).toEqual(reduced(sum));
      }),
    );
  });
});

describe('a projection', () => {
  const recorded = { usage: usage(100, 1000), calls: 1000, periodMs: 73 * 3_600_000 };

  it('goes on at the recorded rate for 730 hours', () => {
    const projection = projectionOf(recorded, X86, { freeTier: false, project: 'recorded' })!;
    expect(projection).toMatchObject({ rate: 'recorded', callsPerMonth: 10_000 });
    // 1,000 GB-s x 0.0000166667 + 10,000 x 0.0000002
    expect(projection.bill.totalUsd.toString()).toBe('0.0186667');
  });

  it('takes a given number of calls, with the tiers and the free tier that they reach', () => {
    const million = projectionOf(recorded, X86, { freeTier: true, project: 1_000_000 })!;
    expect(million.bill.totalUsd.toString()).toBe('0');
    const all = projectionOf(recorded, X86, { freeTier: false, project: 1_000_000 })!;
    // 100,000 GB-s
    expect(all.bill.totalUsd.toString()).toBe('1.86667');
  });

  it.each([
    ['no call', { ...recorded, calls: 0 }],
    ['a period without length', { ...recorded, periodMs: 0 }],
    ['no period', { ...recorded, periodMs: Number.NaN }],
  ])('is none from %s', (_, from) => {
    expect(projectionOf(from, X86, { freeTier: false, project: 'recorded' })).toBeNull();
  });
});
