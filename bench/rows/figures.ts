import type { LoadSummary } from '../load/job.ts';
import { ratioOfPairs } from '../measure/rounds.ts';
import { FEWEST_FOR_P99, median, p99 } from '../measure/statistics.ts';
import type { Figures, Measured } from './row.ts';

/** A row of samples and its yardstick's, taken in turns. */
export function compared(ours: readonly number[], yardstick: readonly number[], note?: string): Measured {
  return {
    n: ours.length,
    ours: figures(ours),
    yardstick: figures(yardstick),
    ratio: ratioOfPairs(ours, yardstick),
    ...(note !== undefined && { note }),
  };
}

/** A row that has no yardstick. */
export function alone(samples: readonly number[], note?: string): Measured {
  return {
    n: samples.length,
    ours: figures(samples),
    yardstick: null,
    ratio: null,
    ...(note !== undefined && { note }),
  };
}

const figures = (samples: readonly number[]): Figures => ({
  median: median(samples),
  p99: samples.length >= FEWEST_FOR_P99 ? p99(samples) : null,
});

/** One figure of each stretch of load: the median stretch, and the median of the ratios of neighbours. */
export function byRounds(
  taken: { ours: readonly LoadSummary[]; yardstick: readonly LoadSummary[] },
  figure: (load: LoadSummary) => number,
): Measured {
  const row = compared(taken.ours.map(figure), taken.yardstick.map(figure));
  const requests = taken.ours.reduce((sum, load) => sum + load.requests, 0);
  return { ...row, n: requests };
}
