/** Calls at random times, as independent callers make them. */
import { Arrivals } from './arrivals.ts';

export interface PoissonOptions {
  /** Epoch milliseconds. */
  startAt: number;
  ratePerSecond: number;
  forMs: number;
  /** Drawn from, each with the same chance; at least one. */
  durationsMs: readonly number[];
  /** Any whole number; the same one gives the same calls. */
  seed: number;
}

/** What a runtime gets to prewarm and to bring up its provisioned minimum before the first call. */
export const LEAD_MS = 10_000;

/** Arrivals of the first function of the simulation. */
export function poissonArrivals(options: PoissonOptions): Arrivals {
  const { startAt, ratePerSecond, forMs, durationsMs, seed } = options;
  const random = randomNumbers(seed);
  const arrivals = new Arrivals();
  let at = startAt;
  for (;;) {
    // The gaps of a Poisson process are exponentially distributed.
    at += (-Math.log(1 - random()) / ratePerSecond) * 1000;
    if (at >= startAt + forMs) return arrivals;
    const durationMs = durationsMs[Math.floor(random() * durationsMs.length)] ?? 0;
    const startedBeforeMs = arrivals.length === 0 ? LEAD_MS : null;
    arrivals.add({ at, functionIndex: 0, durationMs, afterwards: 'released', startedBeforeMs });
  }
}

/** Numbers from 0 up to 1 by mulberry32 (Tommy Ettinger, public domain): short, and good enough for arrival times. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
