/** Adds up what one rate card bills, invocation by invocation. Whole numbers only, so that every sum is exact. */
import type { Outcome } from '../core/types.ts';
import type { DurationRule, MemoryRule, RateCard, VcpuRule } from './rate-cards/rate-card.ts';

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
  // Copies, because cards differ in shape and looking into each of them for a million records takes as long as the rest.
  readonly #duration: DurationRule;
  readonly #memory: RateCard['memory'];
  readonly #shares: VcpuRule['shares'] | undefined;
  readonly #billsCpuTime: boolean;
  readonly #includedTmpMb: number;
  readonly #asyncEvents: RateCard['asyncEvents'];
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
    const { stepMs, minimumMs, billsInit } = card.duration;
    this.card = card;
    this.#duration = { stepMs, minimumMs, billsInit };
    this.#memory = card.memory;
    this.#shares = card.vcpu?.shares;
    this.#billsCpuTime = card.cpuTime !== undefined;
    this.#includedTmpMb = card.tmp.includedMb;
    this.#asyncEvents = card.asyncEvents;
  }

  add(figures: MeteredFigures): void {
    const initUs = figures.outcome === 'init-error' ? 0 : (figures.initUs ?? 0);
    const ms = billedMsOf(figures.durationUs, initUs, this.#duration);
    if (ms === 0) return;
    this.#requests += figures.asyncBytes === 0 ? 1 : 1 + extraRequests(figures.asyncBytes, this.#asyncEvents);
    const memoryMb = this.#memory === undefined ? figures.memoryMb : billedMemoryMb(figures, this.#memory);
    const milliVcpu = this.#shares === undefined ? 0 : milliVcpuOf(figures.memoryMb, this.#shares);
    const cpuUs = this.#billsCpuTime ? figures.cpuUs : 0;
    if (memoryMb === null || milliVcpu === null || cpuUs === null) {
      this.#unpriced += 1;
    } else {
      this.#billedMs += ms;
      this.#memoryMbMs += memoryMb * ms;
      this.#tmpMbMs += Math.max(0, figures.tmpMb - this.#includedTmpMb) * ms;
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
function billedMemoryMb({ memoryMb, maxMemoryMb }: MeteredFigures, rule: MemoryRule): number | null {
  if (rule.basis === 'configured') return rule.sizesMb.find((size) => size >= memoryMb) ?? null;
  if (maxMemoryMb === null || maxMemoryMb > rule.maximumMb) return null;
  return Math.max(rule.minimumMb, Math.ceil(maxMemoryMb / rule.stepMb) * rule.stepMb);
}

function milliVcpuOf(memoryMb: number, shares: VcpuRule['shares']): number | null {
  for (const { upToMb, milliVcpu } of shares) if (memoryMb <= upToMb) return milliVcpu;
  return null;
}
