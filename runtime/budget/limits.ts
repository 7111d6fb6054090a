/** A function's figures against its limits. Pure. */
import type { Budget } from '../config/measure-fields.ts';
import { usdPer1000, type Observed } from './observe.ts';
import { meanAtLeast, meanOf, quantile, quantileAtLeast, shareAtLeast } from './statistics.ts';

export const MEASURES = [
  'coldStartP95',
  'durationP95',
  'billedMs',
  'usdPer1000',
  'coldRate',
  'memoryHeadroom',
] as const satisfies readonly (keyof Budget)[];
export type Measure = (typeof MEASURES)[number];

/**
 * `over`: surely beyond the limit, so that noise alone explains it in less than 5 of 100 runs. `perhaps`: what was seen
 * is beyond it, and noise may be why. `no data`: there was nothing to measure.
 */
export type Verdict = 'within' | 'perhaps' | 'over' | 'no data';

export interface Finding {
  measure: Measure;
  limit: number;
  seen: number | null;
  /** How many values it comes from. */
  samples: number;
  verdict: Verdict;
}

/** One finding for each limit there is. */
export function holdAgainst(budget: Budget, observed: Observed): Finding[] {
  return MEASURES.flatMap((measure) => {
    const limit = budget[measure];
    if (limit === undefined) return [];
    const { seen, surely, samples, direction } = MEASURED[measure](observed);
    const isBeyond = (value: number | null): boolean =>
      value !== null && (direction === 'at most' ? value > limit : value < limit);
    const verdict: Verdict =
      seen === null ? 'no data' : isBeyond(surely) ? 'over' : isBeyond(seen) ? 'perhaps' : 'within';
    return [{ measure, limit, seen, samples, verdict }];
  });
}

interface Measured {
  seen: number | null;
  /** What it surely is at least (for a limit from below: at most); null: that cannot be told. */
  surely: number | null;
  samples: number;
  direction: 'at most' | 'at least';
}

const MEASURED: Record<Measure, (observed: Observed) => Measured> = {
  coldStartP95: ({ coldStartMs }) => p95(coldStartMs),
  durationP95: ({ durationMs }) => p95(durationMs),
  billedMs: ({ billedMs }) => mean(billedMs),
  usdPer1000(observed) {
    const seen = usdPer1000(observed);
    const { billedMs, calls } = observed;
    // Money follows billed time: its mean is as sure as theirs.
    const bound = meanAtLeast(billedMs);
    const surely = seen === null || bound === null || calls === 0 ? null : seen * (bound / meanOf(billedMs));
    return { seen, surely, samples: calls, direction: 'at most' };
  },
  coldRate: ({ coldStarts, calls }) => ({
    seen: calls === 0 ? null : coldStarts / calls,
    surely: shareAtLeast(coldStarts, calls),
    samples: calls,
    direction: 'at most',
  }),
  memoryHeadroom({ peakMemoryMb, memoryMb, calls }) {
    // A peak that was seen was seen: no chance is in it.
    const free = peakMemoryMb === null ? null : Math.max(0, 1 - peakMemoryMb / memoryMb);
    return { seen: free, surely: free, samples: peakMemoryMb === null ? 0 : calls, direction: 'at least' };
  },
};

const p95 = (sorted: readonly number[]): Measured => ({
  seen: quantile(sorted, 0.95),
  surely: quantileAtLeast(sorted, 0.95),
  samples: sorted.length,
  direction: 'at most',
});

const mean = (values: readonly number[]): Measured => ({
  seen: values.length === 0 ? null : meanOf(values),
  surely: meanAtLeast(values),
  samples: values.length,
  direction: 'at most',
});
