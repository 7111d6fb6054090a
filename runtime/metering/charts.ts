/** The distributions that pictures need. Pure. */
import { priceOf } from './bill.ts';
import { Decimal } from './decimal.ts';
import { rank, Samples } from './percentiles.ts';
import type { RateCard } from './rate-cards/rate-card.ts';
import type { Cell, Hour, Sums } from './sums.ts';

export interface Charts {
  /** How many cold starts took how long; every bin is as wide as the one before times the same factor. */
  coldStarts: Bin[];
  /** Hours, or days where there are more than four of them. */
  overTime: { slot: 'hour' | 'day'; slots: TimeSlot[] };
  /** Duration against memory. */
  memory: MemoryPoint[];
}

export interface Bin {
  fromMs: number;
  toMs: number;
  count: number;
}

export interface TimeSlot {
  /** ISO 8601, UTC. */
  at: string;
  invocations: number;
  coldStarts: number;
  totalUsd: Decimal;
}

export interface MemoryPoint {
  function: string;
  memoryMb: number;
  peakMemoryMb: number | null;
  invocations: number;
  durationMs: { p5: number; p50: number; p95: number };
}

export function chartsOf(sums: Sums, card: RateCard): Charts {
  return {
    coldStarts: histogram(Samples.union(sums.cells.map(({ tally }) => tally.coldStartMs)).sorted()),
    overTime: overTime([...sums.hours.values()], card),
    memory: memoryPoints(sums.cells),
  };
}

const BINS_PER_DECADE = 8;

/** Bins at 10^(n/8) ms: 1.0, 1.33, 1.78, 2.37 … Those between the first and the last that hold any, empty ones too. */
export function histogram(sorted: Float64Array): Bin[] {
  const smallest = sorted[0];
  if (smallest === undefined) return [];
  const indexOf = (ms: number): number => Math.floor(Math.log10(Math.max(ms, 0.001)) * BINS_PER_DECADE);
  const edge = (index: number): number => Number((10 ** (index / BINS_PER_DECADE)).toPrecision(3));
  const first = indexOf(smallest);
  const last = indexOf(sorted.at(-1) ?? smallest);
  const counts = Array.from({ length: last - first + 1 }, () => 0);
  for (const ms of sorted) {
    const index = indexOf(ms) - first;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts.map((count, index) => ({
    fromMs: edge(first + index),
    toMs: edge(first + index + 1),
    count,
  }));
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function overTime(hours: readonly Hour[], card: RateCard): Charts['overTime'] {
  const times = hours.map(({ at }) => at);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const slot = last - first > 4 * DAY_MS ? 'day' : 'hour';
  const slotMs = slot === 'day' ? DAY_MS : HOUR_MS;
  const bySlot = Map.groupBy(hours, ({ at }) => at - (at % slotMs));
  const slots: TimeSlot[] = [];
  for (let at = first - (first % slotMs); at <= last; at += slotMs) {
    slots.push(timeSlot(at, bySlot.get(at) ?? [], card));
  }
  return { slot, slots };
}

function timeSlot(at: number, hours: readonly Hour[], card: RateCard): TimeSlot {
  const priced = hours.map(({ meter }) => priceOf(meter.usage(), card).totalUsd);
  return {
    at: new Date(at).toISOString(),
    invocations: hours.reduce((sum, hour) => sum + hour.invocations, 0),
    coldStarts: hours.reduce((sum, hour) => sum + hour.coldStarts, 0),
    totalUsd: priced.reduce((sum, usd) => sum.plus(usd), Decimal.zero),
  };
}

function memoryPoints(cells: readonly Cell[]): MemoryPoint[] {
  const bySize = Map.groupBy(cells, ({ function: name, memoryMb }) => `${name} ${memoryMb}`);
  return [...bySize.values()].flatMap((same): MemoryPoint[] => {
    const [one] = same;
    const sorted = Samples.union(same.map(({ tally }) => tally.durationMs)).sorted();
    if (one === undefined || sorted.length === 0) return [];
    const at = (p: number): number => rank(sorted, p) ?? 0;
    const peaks = same.flatMap(({ peakMb }) => (peakMb === null ? [] : [peakMb]));
    return [
      {
        function: one.function,
        memoryMb: one.memoryMb,
        peakMemoryMb: peaks.length === 0 ? null : Math.max(...peaks),
        invocations: sorted.length,
        durationMs: { p5: at(5), p50: at(50), p95: at(95) },
      },
    ];
  });
}
