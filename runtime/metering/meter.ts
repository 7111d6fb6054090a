/** Adds up what one rate card bills, invocation by invocation. Whole numbers only, so that every sum is exact. */
import type { Outcome } from '../core/types.ts';
import type { DurationRule, RateCard } from './rate-cards/rate-card.ts';

/** The figures of a record that cost money, times in whole microseconds. */
export interface MeteredFigures {
  outcome: Outcome;
  durationUs: number;
  initUs: number | null;
  memoryMb: number;
  tmpMb: number;
  /** Peak memory, null where it could not be read. */
  maxMemoryMb: number | null;
  cpuUs: number | null;
  /** Of the event, where nobody waited for the answer. */
  asyncBytes: number;
}

/** What is billed for one invocation, or for the sum of many. */
export interface Usage {
  requests: bigint;
  billedMs: bigint;
  /** Memory MB x billed ms. */
  memoryMbMs: bigint;
  /** /tmp MB above what is included x billed ms. */
  tmpMbMs: bigint;
  /** Thousandths of a vCPU x billed ms. */
  milliVcpuMs: bigint;
  cpuUs: bigint;
  /** Invocations that ran, and whose compute cannot be told: a figure is missing, or no such size is sold. */
  unpriced: bigint;
}

export const noUsage = (): Usage => ({
  requests: 0n,
  billedMs: 0n,
  memoryMbMs: 0n,
  tmpMbMs: 0n,
  milliVcpuMs: 0n,
  cpuUs: 0n,
  unpriced: 0n,
});

/** The keys of `noUsage`, as a tuple of the interface's own. */
const USAGE_KEYS = [
  'requests',
  'billedMs',
  'memoryMbMs',
  'tmpMbMs',
  'milliVcpuMs',
  'cpuUs',
  'unpriced',
] as const satisfies readonly (keyof Usage)[];

export function addUsage(sum: Usage, usage: Usage): void {
  for (const key of USAGE_KEYS) sum[key] += usage[key];
}

/** The same use, `numerator / denominator` times over, rounded to whole units: for estimates. */
export function scaleUsage(usage: Usage, numerator: bigint, denominator: bigint): Usage {
  const scaled = noUsage();
  for (const key of USAGE_KEYS) scaled[key] = (usage[key] * numerator + denominator / 2n) / denominator;
  return scaled;
}

/** One invocation adds less than 2^43 to any sum, so that this many stay below 2^53. */
const ADDS_BEFORE_CARRY = 1000;

/** A sum for one card. Doubles hold it for a while, because a million additions of bigints take a second. */
export class Meter {
  readonly card: RateCard;
  readonly #carried = noUsage();
  #adds = 0;
  #requests = 0;
  #billedMs = 0;
  #memoryMbMs = 0;
  #tmpMbMs = 0;
  #milliVcpuMs = 0;
  #cpuUs = 0;
  #unpriced = 0;

  constructor(card: RateCard) {
    this.card = card;
  }

  add(figures: MeteredFigures): void {
    const { card } = this;
    const initUs = figures.outcome === 'init-error' ? 0 : (figures.initUs ?? 0);
    const ms = billedMsOf(figures.durationUs, initUs, card.duration);
    if (ms === 0) return;
    this.#requests += 1 + extraRequests(figures.asyncBytes, card.asyncEvents);
    const memoryMb = billedMemoryMb(figures, card);
    const milliVcpu = card.vcpu === undefined ? 0 : milliVcpuOf(figures.memoryMb, card.vcpu.shares);
    const cpuUs = card.cpuTime === undefined ? 0 : figures.cpuUs;
    if (memoryMb === null || milliVcpu === null || cpuUs === null) {
      this.#unpriced += 1;
    } else {
      this.#billedMs += ms;
      this.#memoryMbMs += memoryMb * ms;
      this.#tmpMbMs += Math.max(0, figures.tmpMb - card.tmp.includedMb) * ms;
      this.#milliVcpuMs += milliVcpu * ms;
      this.#cpuUs += cpuUs;
    }
    this.#adds += 1;
    if (this.#adds === ADDS_BEFORE_CARRY) this.#carry();
  }

  /** The sum so far; a copy. */
  usage(): Usage {
    this.#carry();
    return { ...this.#carried };
  }

  #carry(): void {
    const carried = this.#carried;
    carried.requests += BigInt(this.#requests);
    carried.billedMs += BigInt(this.#billedMs);
    carried.memoryMbMs += BigInt(this.#memoryMbMs);
    carried.tmpMbMs += BigInt(this.#tmpMbMs);
    carried.milliVcpuMs += BigInt(this.#milliVcpuMs);
    carried.cpuUs += BigInt(this.#cpuUs);
    carried.unpriced += BigInt(this.#unpriced);
    this.#adds = this.#requests = this.#billedMs = this.#memoryMbMs = 0;
    this.#tmpMbMs = this.#milliVcpuMs = this.#cpuUs = this.#unpriced = 0;
  }
}

/** Whole billed milliseconds; 0 where nothing ran. */
export function billedMsOf(durationUs: number, initUs: number, rule: DurationRule): number {
  if (durationUs === 0) return 0;
  const us = durationUs + (rule.billsInit ? initUs : 0);
  return Math.max(rule.minimumMs, Math.ceil(us / (rule.stepMs * 1000)) * rule.stepMs);
}

function extraRequests(bytes: number, rule: RateCard['asyncEvents']): number {
  if (rule === undefined || bytes <= rule.includedBytes) return 0;
  return Math.ceil((bytes - rule.includedBytes) / rule.chunkBytes);
}

/** Null where the card has no price for it. */
function billedMemoryMb({ memoryMb, maxMemoryMb }: MeteredFigures, { memory }: RateCard): number | null {
  if (memory === undefined) return memoryMb;
  if (memory.basis === 'configured') return memory.sizesMb.find((size) => size >= memoryMb) ?? null;
  if (maxMemoryMb === null || maxMemoryMb > memory.maximumMb) return null;
  return Math.max(memory.minimumMb, Math.ceil(maxMemoryMb / memory.stepMb) * memory.stepMb);
}

function milliVcpuOf(
  memoryMb: number,
  shares: readonly { upToMb: number; milliVcpu: number }[],
): number | null {
  return shares.find(({ upToMb }) => memoryMb <= upToMb)?.milliVcpu ?? null;
}
