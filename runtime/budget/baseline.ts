/** The distributions of an earlier state, to compare the present one with. Pure: files are the caller's. */
import { usdPer1000, type Observed } from './observe.ts';
import { chanceOfLarger, chanceOfLargerShare, quantile } from './statistics.ts';

/** faas.budget.json: small enough to be committed, and readable in a diff. */
export interface BaselineFile {
  version: 1;
  functions: Record<string, Baseline>;
}

export interface Baseline {
  revision: string | null;
  memoryMb: number;
  calls: number;
  coldStarts: number;
  usdPer1000: number | null;
  peakMemoryMb: number | null;
  /** Up to MOST_POINTS values, evenly spread over the distribution, smallest first. */
  durationMs: number[];
  coldStartMs: number[];
  billedMs: number[];
}

/** As many as the comparison needs to see a shift of a few per cent. */
const MOST_POINTS = 100;

export const baselineOf = (observed: Observed): Baseline => ({
  revision: observed.revision,
  memoryMb: observed.memoryMb,
  calls: observed.calls,
  coldStarts: observed.coldStarts,
  usdPer1000: usdPer1000(observed),
  peakMemoryMb: observed.peakMemoryMb,
  durationMs: spread(observed.durationMs),
  coldStartMs: spread(observed.coldStartMs),
  billedMs: spread(observed.billedMs),
});

/** Evenly spaced order statistics: the same distribution in fewer values, and always the same ones. */
function spread(sorted: readonly number[]): number[] {
  if (sorted.length <= MOST_POINTS) return [...sorted];
  return Array.from({ length: MOST_POINTS }, (_, index) => {
    const at = Math.floor(((index + 0.5) / MOST_POINTS) * sorted.length);
    return sorted[at] ?? 0;
  });
}

export const COMPARED = ['durationMs', 'coldStartMs', 'billedMs', 'coldRate', 'peakMemoryMb'] as const;
export type Compared = (typeof COMPARED)[number];

export interface Change {
  measure: Compared;
  /** Medians; the rate and the peak as they are. */
  before: number | null;
  now: number | null;
  /** The chance of seeing this when nothing has changed; null where no chance is in it. */
  chance: number | null;
  /** `worse`: larger by more than the tolerance, and chance does not explain it. */
  verdict: 'same' | 'better' | 'worse' | 'no data';
}

export interface Comparison {
  /** What may be larger without being worse: 0.1 is 10 %. */
  tolerance: number;
}

/** Chance explains less than this in one of a hundred comparisons. */
const SURE = 0.01;

/** Smaller differences matter to nobody, whatever share they are. */
const LEAST: Record<Compared, number> = {
  durationMs: 0.5,
  coldStartMs: 5,
  billedMs: 1,
  coldRate: 0.02,
  peakMemoryMb: 4,
};

export function compare(before: Baseline, now: Observed, { tolerance }: Comparison): Change[] {
  const distributions = (['durationMs', 'coldStartMs', 'billedMs'] as const).map((measure): Change => {
    const [old, fresh] = [before[measure], spread(now[measure])];
    return judge(measure, tolerance, {
      before: quantile(old, 0.5),
      now: quantile(fresh, 0.5),
      larger: chanceOfLarger(old, fresh),
      smaller: chanceOfLarger(fresh, old),
    });
  });
  const [oldCold, newCold] = [
    { hits: before.coldStarts, n: before.calls },
    { hits: now.coldStarts, n: now.calls },
  ];
  const coldRate = judge('coldRate', tolerance, {
    before: share(oldCold),
    now: share(newCold),
    larger: chanceOfLargerShare(oldCold, newCold),
    smaller: chanceOfLargerShare(newCold, oldCold),
  });
  const peak = judge('peakMemoryMb', tolerance, {
    before: before.peakMemoryMb,
    now: now.peakMemoryMb,
    larger: null,
    smaller: null,
  });
  return [...distributions, coldRate, peak];
}

const share = ({ hits, n }: { hits: number; n: number }): number | null => (n === 0 ? null : hits / n);

function judge(
  measure: Compared,
  tolerance: number,
  seen: { before: number | null; now: number | null; larger: number | null; smaller: number | null },
): Change {
  const { before, now } = seen;
  if (before === null || now === null) return { measure, before, now, chance: null, verdict: 'no data' };
  const matters = (from: number, to: number): boolean =>
    to - from > LEAST[measure] && to > from * (1 + tolerance);
  const isSure = (chance: number | null): boolean => chance === null || chance < SURE;
  const verdict =
    matters(before, now) && isSure(seen.larger)
      ? 'worse'
      : matters(now, before) && isSure(seen.smaller)
        ? 'better'
        : 'same';
  const chance = now >= before ? seen.larger : seen.smaller;
  return { measure, before, now, chance, verdict };
}
