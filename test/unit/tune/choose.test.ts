import { describe, expect, it } from 'vitest';
import type { InvocationRecord } from '../../../runtime/core/types.ts';
import { DEFAULT_RATE_CARD } from '../../../runtime/metering/rate-cards/index.ts';
import { choose, curvePoint, isCpuUntied, trim } from '../../../runtime/tune/choose.ts';
import { makeRecord } from '../store/harness.ts';

const SIZES = [128, 256, 512, 1024, 1769, 3538];

/** A curve from how long a call takes at each size; null where it fails there. */
const curve = (
  durationAt: (memoryMb: number) => number | null,
  cpuShare: (memoryMb: number) => number = (memoryMb) => memoryMb / 1769,
) =>
  SIZES.map((memoryMb) => {
    const durationMs = durationAt(memoryMb);
    const make = (overrides: Partial<InvocationRecord> = {}) =>
      makeRecord({
        memoryMb,
        durationMs: durationMs ?? 10,
        cpuMs: (durationMs ?? 10) * cpuShare(memoryMb),
        outcome: durationMs === null ? 'oom' : 'success',
        ...overrides,
      });
    const first = make({ start: 'cold', coldStartMs: 300 });
    const warm = durationMs === null ? [] : Array.from({ length: 10 }, () => make());
    return curvePoint({ memoryMb, cpus: memoryMb / 1769, first, warm }, DEFAULT_RATE_CARD);
  });

describe('the choice of a size', () => {
  it('for work that one processor does: as fast as a whole one, at no higher price', () => {
    const choices = choose(curve((memoryMb) => 100 / Math.min(1, memoryMb / 1769)));
    expect(choices).toEqual({ cheapest: 1769, fastest: 1769, balanced: 1769 });
  });

  it('for waiting: the smallest is the cheapest, and none is faster', () => {
    expect(choose(curve(() => 200))).toEqual({ cheapest: 128, fastest: 128, balanced: 128 });
  });

  it('for a need of memory: nothing below the floor', () => {
    expect(choose(curve((memoryMb) => (memoryMb < 512 ? null : 200)))).toEqual({
      cheapest: 512,
      fastest: 512,
      balanced: 512,
    });
  });

  it('for a mixture: between the cheapest and the fastest', () => {
    const choices = choose(curve((memoryMb) => 50 + 100 / Math.min(1, memoryMb / 1769)))!;
    expect(choices.cheapest).toBe(128);
    expect(choices.fastest).toBe(1769);
    expect(choices.balanced).toBeGreaterThan(128);
    expect(choices.balanced).toBeLessThanOrEqual(1769);
  });

  it('is none where the function never succeeds', () => {
    expect(choose(curve(() => null))).toBeNull();
  });
});

describe('a point of the curve', () => {
  const record = (durationMs: number) => makeRecord({ memoryMb: 1024, durationMs, cpuMs: null });

  it('leaves out the quickest and the slowest tenth', () => {
    const { kept, outliers } = trim([5, 1, 2, 3, 4, 6, 7, 8, 9, 500].map(record));
    expect(outliers).toBe(2);
    expect(kept.map(({ durationMs }) => durationMs)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(trim([1, 500].map(record)).outliers).toBe(0);
  });

  it('costs what a million of the calls that count cost', () => {
    const point = curvePoint(
      {
        memoryMb: 1024,
        cpus: 0.58,
        first: record(900),
        warm: Array.from({ length: 10 }, () => record(1000)),
      },
      DEFAULT_RATE_CARD,
    );
    // A million GB-seconds and a million requests.
    expect(point.usdPerMillion!.toString()).toBe('16.8667');
    expect(point.durationMs).toEqual({ mean: 1000, min: 1000, max: 1000 });
  });

  it('tells what went wrong, and has no figures then', () => {
    const first = makeRecord({ outcome: 'timeout', errorMessage: 'Task timed out after 3.00 seconds' });
    expect(curvePoint({ memoryMb: 128, cpus: 0.07, first, warm: [] }, DEFAULT_RATE_CARD)).toMatchObject({
      failed: { outcome: 'timeout', message: 'Task timed out after 3.00 seconds' },
      calls: 0,
      durationMs: null,
      usdPerMillion: null,
    });
  });
});

describe('CPU that is not tied to memory', () => {
  it('is noticed by what small sizes really had', () => {
    expect(isCpuUntied(curve(() => 100))).toBe(false);
    expect(
      isCpuUntied(
        curve(
          () => 100,
          () => 0.98,
        ),
      ),
    ).toBe(true);
  });

  it('cannot be told from calls that compute too little', () => {
    const points = curve(
      () => 100,
      () => 0.01,
    );
    expect(points.every(({ observedCpus }) => observedCpus === null)).toBe(true);
    expect(isCpuUntied(points)).toBe(false);
  });
});
