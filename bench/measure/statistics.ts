/** Medians and percentiles of samples that are all kept: nothing is estimated from buckets. */

/**
 * The smallest sample that at least this share of all samples do not exceed (nearest rank).
 *
 * @param sorted ascending
 * @param share above 0, up to 1
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('there is no percentile of no samples');
  return value;
}

/** The middle sample; of an even number, the mean of the two in the middle. */
export function median(samples: Iterable<number>): number {
  const sorted = Float64Array.from(samples).toSorted();
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('there is no median of no samples');
  return (low + high) / 2;
}

export const p99 = (samples: Iterable<number>): number =>
  percentile(Float64Array.from(samples).toSorted(), 0.99);

/** A p99 of fewer samples than this would only be their maximum. */
export const FEWEST_FOR_P99 = 100;
