/**
 * From what ran to what it costs. Pure.
 *
 * 1. Time is summed in whole microseconds and rounded once: ceil(duration + init). As doubles, 468.81 + 467.19
 *    would be a hair over 936 and cost a millisecond more.
 * 2. What never reached the function (throttled, cancelled, no sandbox) has no duration and costs nothing.
 * 3. A failed init ran inside the duration; it is not added a second time.
 * 4. GB-seconds = memory MB / 1024 x billed ms / 1000; these and the money are exact decimals.
 * 5. Money is linear in the usage, so that the price of a sum is the sum of the prices to the last digit.
 */
import type { InvocationRecord, Outcome } from '../core/types.ts';
import { Decimal } from './decimal.ts';
import { DEFAULT_RATE_CARD } from './rate-cards/index.ts';
import type { DurationRule, RateCard } from './rate-cards/rate-card.ts';

/** The figures of a record that cost money. */
export interface BillableFigures {
  outcome: Outcome;
  durationMs: number;
  initMs: number | null;
  memoryMb: number;
  tmpMb: number;
}

/** What is billed for one invocation, or for the sum of many. */
export interface Usage {
  requests: bigint;
  billedMs: bigint;
  /** Memory MB x billed ms. */
  memoryMbMs: bigint;
  /** /tmp MB above what is included x billed ms. */
  tmpMbMs: bigint;
}

export interface Charges {
  gbSeconds: Decimal;
  requestsUsd: Decimal;
  computeUsd: Decimal;
  tmpUsd: Decimal;
  totalUsd: Decimal;
}

/** 1 MB-millisecond in GB-seconds: 1 / 1,024,000, which ends after 13 places. */
const GB_SECONDS_PER_MB_MS = Decimal.parse('0.0000009765625');

/**
 * The milliseconds billed for one invocation; `initMs` is null where no init phase is billed with it.
 * Without a rule: as AWS Lambda bills since 2025-08-01, which is what records carry.
 */
export function billedMs(
  durationMs: number,
  initMs: number | null,
  rule: DurationRule = DEFAULT_RATE_CARD.duration,
): number {
  const durationUs = toWholeMicroseconds(durationMs);
  if (durationUs === 0) return 0;
  const initUs = rule.billsInit ? toWholeMicroseconds(initMs ?? 0) : 0;
  const steps = Math.ceil((durationUs + initUs) / (rule.stepMs * 1000));
  return Math.max(rule.minimumMs, steps * rule.stepMs);
}

export function usageOf(figures: BillableFigures, card: RateCard): Usage {
  const { outcome, durationMs, initMs, memoryMb, tmpMb } = figures;
  const ms = billedMs(durationMs, outcome === 'init-error' ? null : initMs, card.duration);
  return {
    requests: ms === 0 ? 0n : 1n,
    billedMs: BigInt(ms),
    memoryMbMs: BigInt(memoryMb * ms),
    tmpMbMs: BigInt(Math.max(0, tmpMb - card.tmp.includedMb) * ms),
  };
}

export const noUsage = (): Usage => ({ requests: 0n, billedMs: 0n, memoryMbMs: 0n, tmpMbMs: 0n });

export function addUsage(sum: Usage, usage: Usage): void {
  sum.requests += usage.requests;
  sum.billedMs += usage.billedMs;
  sum.memoryMbMs += usage.memoryMbMs;
  sum.tmpMbMs += usage.tmpMbMs;
}

/** At the prices of the first tier, and without the free tier: what one more such invocation costs. */
export function priceOf(usage: Usage, card: RateCard): Charges {
  const gbSeconds = toGbSeconds(usage.memoryMbMs);
  const requestsUsd = Decimal.integer(usage.requests).times(Decimal.parse(card.perRequest));
  const computeUsd = gbSeconds.times(Decimal.parse(card.perGbSecond[0]?.price ?? '0'));
  const tmpUsd = toGbSeconds(usage.tmpMbMs).times(Decimal.parse(card.tmp.perGbSecond));
  return { gbSeconds, requestsUsd, computeUsd, tmpUsd, totalUsd: requestsUsd.plus(computeUsd).plus(tmpUsd) };
}

/** What one invocation costs. */
export const bill = (record: InvocationRecord, card: RateCard = DEFAULT_RATE_CARD): Charges =>
  priceOf(usageOf({ ...record, initMs: record.phases.initMs }, card), card);

const toGbSeconds = (mbMs: bigint): Decimal => Decimal.integer(mbMs).times(GB_SECONDS_PER_MB_MS);

const toWholeMicroseconds = (ms: number): number => Math.round(ms * 1000);
