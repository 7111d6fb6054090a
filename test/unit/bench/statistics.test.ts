import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { median, percentile } from '../../../bench/measure/statistics.ts';
import { ratioOfPairs, takeTurns } from '../../../bench/measure/rounds.ts';

describe('median and percentile', () => {
  test.each([
    { samples: [3], expected: 3 },
    { samples: [1, 9], expected: 5 },
    { samples: [9, 1, 5], expected: 5 },
    { samples: [10, 2, 100, 9], expected: 9.5 },
  ])('the median of $samples is $expected', ({ samples, expected }) => {
    expect(median(samples)).toBe(expected);
  });

  test.each([
    { count: 100, share: 0.99, expected: 99 },
    { count: 100, share: 0.5, expected: 50 },
    { count: 100, share: 1, expected: 100 },
    { count: 1, share: 0.99, expected: 1 },
    { count: 1000, share: 0.999, expected: 999 },
  ])('of 1 to $count, $share is at $expected (nearest rank)', ({ count, share, expected }) => {
    const sorted = Float64Array.from({ length: count }, (_, index) => index + 1);
    expect(percentile(sorted, share)).toBe(expected);
  });

  test('at least the share is at or below the percentile, and less than the share below it', () => {
    const samples = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(samples, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
        const sorted = Float64Array.from(values).toSorted();
        const at = percentile(sorted, share);
        expect(sorted.filter((value) => value <= at).length).toBeGreaterThanOrEqual(share * sorted.length);
        expect(sorted.filter((value) => value < at).length).toBeLessThan(share * sorted.length);
      }),
    );
  });

  test('there is neither of no samples', () => {
    expect(() => median([])).toThrow('no samples');
    expect(() => percentile(new Float64Array(0), 0.5)).toThrow('no samples');
  });
});

describe('taking turns', () => {
  test('the order turns round from one round to the next, and warm-ups are not counted', async () => {
    const order: string[] = [];
    const take = (name: string) => async () => order.push(name);
    const taken = await takeTurns({ a: take('a'), b: take('b') }, { rounds: 2, warmUps: 1 });
    expect(order.join('')).toBe('baabba');
    expect(taken).toEqual({ a: [3, 6], b: [4, 5] });
  });

  test('when the time is over no round is begun, but five there are', async () => {
    const taken = await takeTurns({ a: async () => 1 }, { rounds: 100, warmUps: 0, withinMs: -1 });
    expect(taken.a).toHaveLength(5);
  });

  test('the ratio is that of neighbours: a machine that slows down halfway changes nothing', () => {
    expect(ratioOfPairs([1, 1, 10, 10, 10], [2, 2, 20, 20, 20])).toBe(0.5);
    expect(() => ratioOfPairs([1], [])).toThrow('other half');
  });
});
