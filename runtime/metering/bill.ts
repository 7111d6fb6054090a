/**
 * From what ran to what it costs. Pure.
 *
 * 1. Time is summed in whole microseconds and rounded once: ceil(duration + init). As doubles, 468.81 + 467.19
 *    would be a hair over 936 and cost a millisecond more.
 * 2. What never reached the function (throttled, cancelled, no sandbox) has no duration and costs nothing.
 * 3. A failed init ran inside the duration; it is not added a second time.
 * 4. GB-seconds = memory MB / 1024 x billed ms / 1000; these and the money are exact decimals.
 * 5. Money is linear in the usage, so that the price of a sum is the sum of the prices to the last digit.
 *    What is not linear, tiers and free quantities of a month, is the invoice's (invoice.ts).
 * 6. A figure that a card needs and that could not be read makes an invocation `unpriced`: it is never guessed.
 */
import type { InvocationRecord, Outcome, TriggerType } from '../core/types.ts';
import { Decimal } from './decimal.ts';
import { billedMsOf, Meter } from './meter.ts';
import type { Usage } from './meter.ts';
import { DEFAULT_RATE_CARD } from './rate-cards/index.ts';
import type { DurationRule, RateCard } from './rate-cards/rate-card.ts';

/** The figures of a record that cost money. */
export interface BillableFigures {
  outcome: Outcome;
  durationMs: number;
  initMs: number | null;
  memoryMb: number;
  tmpMb: number;
  maxMemoryMb?: number | null;
  cpuMs?: number | null;
  asyncBytes?: number;
}

export interface Charges {
  gbSeconds: Decimal;
  /** Where the card bills vCPUs. */
  vcpuSeconds?: Decimal;
  /** Where the card bills CPU time. */
  cpuMs?: Decimal;
  requestsUsd: Decimal;
  computeUsd: Decimal;
  tmpUsd: Decimal;
  totalUsd: Decimal;
}

/**
 * The milliseconds billed for one invocation; `initMs` is null where no init phase is billed with it.
 * Without a rule: as AWS Lambda bills since 2025-08-01, which is what records carry.
 */
export const billedMs = (
  durationMs: number,
  initMs: number | null,
  rule: DurationRule = DEFAULT_RATE_CARD.duration,
): number => billedMsOf(toWholeMicroseconds(durationMs), toWholeMicroseconds(initMs ?? 0), rule);

export function usageOf(figures: BillableFigures, card: RateCard): Usage {
  const { outcome, durationMs, initMs, memoryMb, tmpMb, maxMemoryMb = null, cpuMs = null } = figures;
  const meter = new Meter(card);
  meter.add({
    outcome,
    durationUs: toWholeMicroseconds(durationMs),
    initUs: initMs === null ? null : toWholeMicroseconds(initMs),
    memoryMb,
    tmpMb,
    maxMemoryMb,
    cpuUs: cpuMs === null ? null : toWholeMicroseconds(cpuMs),
    asyncBytes: figures.asyncBytes ?? 0,
  });
  return meter.usage();
}

/** 1 MB-millisecond in GB-seconds: 1 / 1,024,000, which ends after 13 places. */
const GB_SECONDS_PER_MB_MS = Decimal.parse('0.0000009765625');
const VCPU_SECONDS_PER_MILLI_MS = Decimal.parse('0.000001');
const MS_PER_US = Decimal.parse('0.001');

export const gbSecondsOf = (mbMs: bigint): Decimal => Decimal.integer(mbMs).times(GB_SECONDS_PER_MB_MS);
export const vcpuSecondsOf = ({ milliVcpuMs }: Usage): Decimal =>
  Decimal.integer(milliVcpuMs).times(VCPU_SECONDS_PER_MILLI_MS);
export const cpuMsOf = ({ cpuUs }: Usage): Decimal => Decimal.integer(cpuUs).times(MS_PER_US);

/** At the prices of the first tier, and without the free tier: what one more such invocation costs. */
export function priceOf(usage: Usage, card: RateCard): Charges {
  const gbSeconds = gbSecondsOf(usage.memoryMbMs);
  const requestsUsd = Decimal.integer(usage.requests).times(Decimal.parse(card.perRequest));
  const tmpUsd = gbSecondsOf(usage.tmpMbMs).times(Decimal.parse(card.tmp.perGbSecond));
  let computeUsd = gbSeconds.times(Decimal.parse(card.perGbSecond[0]?.price ?? '0'));
  const charges: Pick<Charges, 'vcpuSeconds' | 'cpuMs'> = {};
  if (card.vcpu !== undefined) {
    charges.vcpuSeconds = vcpuSecondsOf(usage);
    computeUsd = computeUsd.plus(charges.vcpuSeconds.times(Decimal.parse(card.vcpu.perSecond)));
  }
  if (card.cpuTime !== undefined) {
    charges.cpuMs = cpuMsOf(usage);
    computeUsd = computeUsd.plus(charges.cpuMs.times(Decimal.parse(card.cpuTime.perMs)));
  }
  const totalUsd = requestsUsd.plus(computeUsd).plus(tmpUsd);
  return { gbSeconds, ...charges, requestsUsd, computeUsd, tmpUsd, totalUsd };
}

/** Triggers whose events are handed over without anyone waiting for the answer. */
export const ASYNC_TRIGGERS: readonly TriggerType[] = ['s3', 'schedule'];

/** What one invocation costs. */
export function bill(record: InvocationRecord, card: RateCard = DEFAULT_RATE_CARD): Charges {
  const { phases, trigger, requestBytes } = record;
  const asyncBytes = ASYNC_TRIGGERS.includes(trigger.type) ? requestBytes : 0;
  return priceOf(usageOf({ ...record, initMs: phases.initMs, asyncBytes }, card), card);
}

/** What instances kept initialised for `seconds` cost, whether they are called or not; 0 where the card sells none. */
export function priceOfProvisioned(
  { memoryMb, instances, seconds }: { memoryMb: number; instances: number; seconds: number },
  card: RateCard,
): Decimal {
  const mbMs = BigInt(memoryMb) * BigInt(instances) * BigInt(Math.round(seconds * 1000));
  return gbSecondsOf(mbMs).times(Decimal.parse(card.provisioned?.perGbSecond ?? '0'));
}

const toWholeMicroseconds = (ms: number): number => Math.round(ms * 1000);
