/**
 * Memory that was held or paid for, and not used. Pure.
 *
 * 1. Idle: instances were ready and ran no call. Providers bill it only for provisioned instances; here it is what
 *    the warm sandboxes held of this machine.
 * 2. Over-sized: the highest peak of all invocations, and a fifth on top, would fit into a smaller size.
 *    The price of that size is for the same durations; on Lambda less memory is also less CPU.
 * 3. Without a reading of the peak nothing is suggested.
 */
import type { InstanceTrail } from '../core/types.ts';
import { gbSecondsOf, priceOf } from './bill.ts';
import type { Decimal } from './decimal.ts';
import type { Usage } from './meter.ts';
import type { RateCard } from './rate-cards/rate-card.ts';

export interface Waste {
  function: string;
  memoryMb: number;
  /** The highest peak of any invocation; null where none could be read. */
  peakMemoryMb: number | null;
  /** Instances that were ready within the period. */
  instances: number;
  /** Held by instances that were ready and ran nothing. */
  idleGbSeconds: Decimal;
  busyGbSeconds: Decimal;
  computeUsd: Decimal;
  /** A size that would do; null where it is the present one, or where nothing is known. */
  suggestedMemoryMb: number | null;
  /** Compute at that size, for the same durations; null too where the card does not bill what is configured. */
  suggestedComputeUsd: Decimal | null;
}

/** An instance in the time when it could run calls. */
export interface ReadySpan {
  function: string;
  memoryMb: number;
  from: number;
  to: number;
}

/** What records say of one function at one memory size. */
export interface MemoryUse {
  function: string;
  memoryMb: number;
  peakMb: number | null;
  busyUs: number;
  usage: Usage;
}

const HEADROOM = 1.2;
/** Sizes people choose: Lambda takes any, in steps of 1 MB. */
const SIZES_MB = [128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3008, 4096, 6144, 8192, 10_240] as const;

/** One entry for each function and memory size, the most idle first. */
export function wasteOf(uses: readonly MemoryUse[], spans: readonly ReadySpan[], card: RateCard): Waste[] {
  const spansOf = Map.groupBy(spans, keyOf);
  return uses
    .map((use) => wasteOfOne(use, spansOf.get(keyOf(use)) ?? [], card))
    .toSorted((a, b) => b.idleGbSeconds.compare(a.idleGbSeconds) || a.function.localeCompare(b.function));
}

const keyOf = ({ function: name, memoryMb }: { function: string; memoryMb: number }): string =>
  `${name} ${memoryMb}`;

function wasteOfOne(use: MemoryUse, spans: readonly ReadySpan[], card: RateCard): Waste {
  const { memoryMb, peakMb, usage } = use;
  const readyMs = spans.reduce((sum, { from, to }) => sum + (to - from), 0);
  const busyMs = use.busyUs / 1000;
  const suggestedMemoryMb = smallerSize(memoryMb, peakMb);
  return {
    function: use.function,
    memoryMb,
    peakMemoryMb: peakMb,
    instances: spans.length,
    idleGbSeconds: gbSecondsOf(wholeMbMs(memoryMb, Math.max(0, readyMs - busyMs))),
    busyGbSeconds: gbSecondsOf(wholeMbMs(memoryMb, busyMs)),
    computeUsd: priceOf(usage, card).computeUsd,
    suggestedMemoryMb,
    suggestedComputeUsd:
      suggestedMemoryMb === null || !billsTheSetting(card)
        ? null
        : priceOf({ ...usage, memoryMbMs: atSize(usage, memoryMb, suggestedMemoryMb) }, card).computeUsd,
  };
}

/** Elsewhere a smaller setting changes the bill by more than its memory, or not at all. */
const billsTheSetting = ({ memory, vcpu }: RateCard): boolean => memory === undefined && vcpu === undefined;

const wholeMbMs = (memoryMb: number, ms: number): bigint => BigInt(Math.round(memoryMb * ms));

/** Exact: what is billed at a size is a multiple of it. */
const atSize = ({ memoryMbMs }: Usage, memoryMb: number, newMb: number): bigint =>
  (memoryMbMs / BigInt(memoryMb)) * BigInt(newMb);

export function smallerSize(memoryMb: number, peakMb: number | null): number | null {
  if (peakMb === null) return null;
  const size = SIZES_MB.find((candidate) => candidate >= peakMb * HEADROOM);
  return size !== undefined && size < memoryMb ? size : null;
}

/** The part of an instance's life between `since` and `until` in which it was ready; undefined where there is none. */
export function readySpan(
  { function: name, memoryMb, states, endReason }: InstanceTrail,
  { since, until }: { since: number; until: number },
): ReadySpan | undefined {
  const ready = states.find(({ state }) => state === 'idle' || state === 'busy')?.at;
  if (ready === undefined) return undefined;
  const ended = states.find(({ state }) => state === 'stopping' || state === 'stopped')?.at;
  // A trail without an end is of an instance whose runtime was killed: it is known up to its last stamp.
  const end = ended ?? (endReason === null ? (states.at(-1)?.at ?? ready) : ready);
  const from = Math.max(ready, since);
  const to = Math.min(end, until);
  return to > from ? { function: name, memoryMb, from, to } : undefined;
}
