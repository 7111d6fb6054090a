import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentilesOf, Samples } from '../../../runtime/metering/percentiles.ts';

const samplesOf = (values: number[]): Samples => {
  const samples = new Samples();
  for (const value of values) samples.add(value);
  return samples;
};

describe('percentiles', () => {
  it.each([
    ['nothing', [], null, null, null],
    ['one value', [7], 7, 7, 7],
    ['two values', [2, 1], 1, 2, 2],
    ['1 to 100', Array.from({ length: 100 }, (_, i) => 100 - i), 50, 95, 99],
    ['1 to 101', Array.from({ length: 101 }, (_, i) => i + 1), 51, 96, 100],
    ['equal values', [3, 3, 3], 3, 3, 3],
  ])('of %s', (_, values, p50, p95, p99) => {
    expect(samplesOf(values).percentiles()).toEqual({ p50, p95, p99 });
  });

  it('are the smallest values that p percent do not exceed', () => {
    const values = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(values, (list) => {
        const found = samplesOf(list).percentiles();
        for (const [p, value] of [
          [50, found.p50],
          [95, found.p95],
          [99, found.p99],
        ] as const) {
          const share = (limit: number) => list.filter((each) => each <= limit).length * 100;
          expect(share(value!)).toBeGreaterThanOrEqual(p * list.length);
          expect(share(value! - 1)).toBeLessThan(p * list.length);
        }
      }),
    );
  });

  it('of several lists are those of their union, whatever doubles they hold', () => {
    const values = fc.oneof(
      fc.array(fc.nat()),
      fc.array(fc.double({ noNaN: true, min: -1e300, max: 1e300 })),
    );
    fc.assert(
      fc.property(fc.array(values, { maxLength: 6 }), (lists) => {
        const expected = samplesOf(lists.flat().map((value) => value + 0)).percentiles();
        expect(percentilesOf(lists.map(samplesOf))).toEqual(expected);
        expect(Samples.union(lists.map(samplesOf)).percentiles()).toEqual(expected);
      }),
    );
  });
});
