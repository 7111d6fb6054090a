/** What can be said of a distribution from a sample of it. Pure. All for 95 % confidence, one-sided, unless it says otherwise. */

const Z_95 = 1.6448536269514722;

/** The value at `share` (0.95 for p95) of sorted values, by nearest rank. */
export const quantile = (sorted: readonly number[], share: number): number | null =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;

/**
 * A value that the true quantile is surely not below: an order statistic, whatever the distribution. With one value it
 * is that value (of p95: the chance that one call is among the slowest 5 of 100 is 5 %).
 */
export function quantileAtLeast(sorted: readonly number[], share: number): number | null {
  // P(k-th smallest <= quantile) = P(Binomial(n, share) >= k); the largest k for which that is 95 %.
  const n = sorted.length;
  let logChance = n * Math.log(1 - share);
  let below = 0;
  let k = 0;
  while (k < n) {
    below += Math.exp(logChance);
    if (1 - below < 0.95 - 1e-12) break;
    logChance += Math.log(((n - k) / (k + 1)) * (share / (1 - share)));
    k += 1;
  }
  return k === 0 ? null : (sorted[k - 1] ?? null);
}

/** A share that the true one is surely not below: Wilson's bound. */
export function shareAtLeast(hits: number, n: number): number | null {
  if (n === 0) return null;
  const p = hits / n;
  const z2 = Z_95 ** 2;
  const spread = Z_95 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return Math.max(0, (p + z2 / (2 * n) - spread) / (1 + z2 / n));
}

/** A mean that the true one is surely not below, by the normal approximation; a single value bounds nothing. */
export function meanAtLeast(values: readonly number[]): number | null {
  const n = values.length;
  if (n < 2) return null;
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return mean - Z_95 * Math.sqrt(variance / n);
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The chance of seeing `now` as much larger than `before` when both are alike: Mann-Whitney's U by the normal
 * approximation, with the correction for ties. It asks about order only, so that a few outliers decide nothing.
 */
export function chanceOfLarger(before: readonly number[], now: readonly number[]): number {
  const [m, n] = [before.length, now.length];
  if (m === 0 || n === 0) return 1;
  const all = [
    ...before.map((value) => ({ value, isNow: false })),
    ...now.map((value) => ({ value, isNow: true })),
  ].toSorted((a, b) => a.value - b.value);
  let rankSum = 0;
  let ties = 0;
  for (let start = 0; start < all.length;) {
    let end = start;
    while (end < all.length && all[end]?.value === all[start]?.value) end += 1;
    const rank = (start + 1 + end) / 2;
    for (let index = start; index < end; index += 1) if (all[index]?.isNow) rankSum += rank;
    const alike = end - start;
    ties += alike ** 3 - alike;
    start = end;
  }
  const total = m + n;
  const u = rankSum - (n * (n + 1)) / 2;
  const variance = ((m * n) / 12) * (total + 1 - ties / (total * (total - 1)));
  if (variance <= 0) return 1;
  // Half a step: the normal curve is smooth and U is not.
  return 1 - normal((u - (m * n) / 2 - 0.5) / Math.sqrt(variance));
}

/** The chance of seeing the second share as much larger as it is when both are alike. */
export function chanceOfLargerShare(
  before: { hits: number; n: number },
  now: { hits: number; n: number },
): number {
  if (before.n === 0 || now.n === 0) return 1;
  const pooled = (before.hits + now.hits) / (before.n + now.n);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / before.n + 1 / now.n));
  if (deviation === 0) return 1;
  return 1 - normal((now.hits / now.n - before.hits / before.n) / deviation);
}

/** The standard normal distribution, to 7 digits. Abramowitz and Stegun, 26.2.17. */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z >= 0 ? 1 - tail : tail;
}
