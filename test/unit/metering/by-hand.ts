/** Bills by another method than the runtime's: rational numbers, one record at a time, rules read off the card anew. */
import type { InvocationRecord } from '../../../runtime/core/types.ts';
import type { RateCard } from '../../../runtime/metering/rate-cards/rate-card.ts';

export type Rational = [numerator: bigint, denominator: bigint];
export const plus = ([a, b]: Rational, [c, d]: Rational): Rational => reduced([a * d + c * b, b * d]);
const times = ([a, b]: Rational, [c, d]: Rational): Rational => [a * c, b * d];
const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
export const reduced = ([a, b]: Rational): Rational => [a / gcd(a, b), b / gcd(a, b)];
export const rational = (value: { toString(): string }): Rational => {
  const [integer = '', fraction = ''] = value.toString().split('.');
  return reduced([BigInt(integer + fraction), 10n ** BigInt(fraction.length)]);
};

export function byHand(record: InvocationRecord, card: RateCard): Rational {
  const seconds = billedSeconds(record, card);
  if (seconds[0] === 0n) return [0n, 1n];
  const requests = times([BigInt(requestsOf(record, card)), 1n], rational(card.perRequest));
  const compute = computeOf(record, card, seconds);
  return compute === null ? requests : plus(requests, compute);
}

function billedSeconds({ durationMs, phases, outcome }: InvocationRecord, { duration }: RateCard): Rational {
  if (durationMs === 0) return [0n, 1n];
  const initMs = duration.billsInit && outcome !== 'init-error' ? (phases.initMs ?? 0) : 0;
  const us = BigInt(Math.round(durationMs * 1000)) + BigInt(Math.round(initMs * 1000));
  const stepUs = BigInt(duration.stepMs) * 1000n;
  const rounded = us % stepUs === 0n ? us : us - (us % stepUs) + stepUs;
  const least = BigInt(duration.minimumMs) * 1000n;
  return [rounded < least ? least : rounded, 1_000_000n];
}

function requestsOf({ trigger, requestBytes }: InvocationRecord, { asyncEvents }: RateCard): number {
  if (asyncEvents === undefined || (trigger.type !== 's3' && trigger.type !== 'schedule')) return 1;
  let requests = 1;
  for (let covered = asyncEvents.includedBytes; covered < requestBytes; covered += asyncEvents.chunkBytes) {
    requests += 1;
  }
  return requests;
}

/** Null where a figure is missing or the size is not sold. */
function computeOf(record: InvocationRecord, card: RateCard, seconds: Rational): Rational | null {
  const memoryMb = memoryOf(record, card);
  if (memoryMb === null) return null;
  const parts: Rational[] = [
    times(times([BigInt(memoryMb), 1024n], seconds), rational(card.perGbSecond[0]!.price)),
    times(
      times([BigInt(Math.max(0, record.tmpMb - card.tmp.includedMb)), 1024n], seconds),
      rational(card.tmp.perGbSecond),
    ),
  ];
  if (card.vcpu !== undefined) {
    const share = card.vcpu.shares.filter(({ upToMb }) => upToMb >= record.memoryMb)[0];
    if (share === undefined) return null;
    parts.push(times(times([BigInt(share.milliVcpu), 1000n], seconds), rational(card.vcpu.perSecond)));
  }
  if (card.cpuTime !== undefined) {
    if (record.cpuMs === null) return null;
    parts.push(times([BigInt(Math.round(record.cpuMs * 1000)), 1000n], rational(card.cpuTime.perMs)));
  }
  return parts.reduce(plus, [0n, 1n]);
}

function memoryOf({ memoryMb, maxMemoryMb }: InvocationRecord, { memory }: RateCard): number | null {
  if (memory === undefined) return memoryMb;
  if (memory.basis === 'configured') return memory.sizesMb.filter((size) => size >= memoryMb)[0] ?? null;
  if (maxMemoryMb === null || maxMemoryMb > memory.maximumMb) return null;
  let billed = memory.minimumMb;
  while (billed < maxMemoryMb) billed += memory.stepMb;
  return billed;
}
