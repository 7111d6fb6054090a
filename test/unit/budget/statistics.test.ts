import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chanceOfLarger,
  chanceOfLargerShare,
  meanAtLeast,
  quantile,
  quantileAtLeast,
  shareAtLeast,
} from '../../../runtime/budget/statistics.ts';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

describe('the bound of a p95', () => {
  // From the binomial distribution: the largest k for which P(Binomial(n, 0.95) >= k) is at least 95 %.
  test.each([
    { n: 0, bound: null },
    { n: 1, bound: 1 },
    { n: 5, bound: 4 },
    { n: 20, bound: 17 },
    { n: 100, bound: 91 },
    { n: 1000, bound: 938 },
  ])('of $n values is the $bound-th', ({ n, bound }) => {
    expect(quantileAtLeast(upTo(n), 0.95)).toBe(bound);
  });

  test('is taken in no time from many values', () => {
    expect(quantileAtLeast(upTo(200_000), 0.95)).toBeGreaterThan(189_000);
  });

  test('is above the true p95 in no more than 5 of 100 samples', () => {
    const random = numbers(7);
    const tooHigh = upTo(2000).filter(() => {
      const sample = upTo(30)
        .map(() => random())
        .toSorted((a, b) => a - b);
      return (quantileAtLeast(sample, 0.95) ?? 0) > 0.95;
    });
    expect(tooHigh.length / 2000).toBeLessThan(0.055);
  });
});

test('a quantile is a value that occurred', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer(), { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (list, share) => {
        const sorted = list.toSorted((a, b) => a - b);
        expect(sorted).toContain(quantile(sorted, share));
      },
    ),
  );
});

describe('shares and means', () => {
  test.each([
    { hits: 0, n: 0, bound: null },
    { hits: 0, n: 50, bound: 0 },
    // Wilson's interval for 10 of 100, one-sided: 0.0605.
    { hits: 10, n: 100, bound: 0.0605 },
    { hits: 5, n: 5, bound: 0.6489 },
  ])('$hits of $n are surely at least $bound', ({ hits, n, bound }) => {
    const found = shareAtLeast(hits, n);
    if (bound === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(bound, 3);
  });

  test('the mean of like values is sure, that of one value is not', () => {
    expect(meanAtLeast([5, 5, 5])).toBe(5);
    expect(meanAtLeast([5])).toBeNull();
    // Mean 3, deviation sqrt(2.5), 5 values: 3 - 1.6449 * sqrt(0.5).
    expect(meanAtLeast([1, 2, 3, 4, 5])).toBeCloseTo(1.8369, 3);
  });
});

describe('the chance of seeing larger values by chance', () => {
  test('is that of the published example', () => {
    // Mann and Whitney's U for {1..5} against {6..10} is 0; with the normal approximation p = 0.0061.
    expect(chanceOfLarger([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBeCloseTo(0.0061, 3);
  });

  test('is none of either where both are alike, however many', () => {
    expect(chanceOfLarger(upTo(100), upTo(100))).toBeGreaterThan(0.4);
    expect(chanceOfLarger([3, 3, 3], [3, 3, 3])).toBe(1);
    expect(chanceOfLarger([], [1])).toBe(1);
  });

  test('does not mind outliers', () => {
    expect(chanceOfLarger(upTo(50), [...upTo(48), 1e6, 1e6])).toBeGreaterThan(0.05);
  });

  test('says sure in about one of a hundred comparisons of the same distribution', () => {
    const random = numbers(3);
    const alarms = upTo(2000).filter(() => {
      const [before, now] = [upTo(40).map(() => random()), upTo(40).map(() => random())];
      return chanceOfLarger(before, now) < 0.01;
    });
    expect(alarms.length / 2000).toBeLessThan(0.015);
  });

  test('of shares', () => {
    expect(chanceOfLargerShare({ hits: 5, n: 100 }, { hits: 25, n: 100 })).toBeLessThan(0.001);
    expect(chanceOfLargerShare({ hits: 5, n: 100 }, { hits: 6, n: 100 })).toBeGreaterThan(0.3);
    expect(chanceOfLargerShare({ hits: 0, n: 0 }, { hits: 1, n: 1 })).toBe(1);
  });
});

/** Repeatable, from 0 up to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
