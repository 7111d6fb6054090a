import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeLabels } from '../../../cli/cost/html/labels.ts';
import { element, escape, label } from '../../../cli/cost/html/markup.ts';
import { linearScale, logScale } from '../../../cli/cost/html/scale.ts';
import { formatUsd } from '../../../cli/terminal/usd.ts';
import { projectedRate } from '../../../cli/cost/project-flag.ts';

describe('markup', () => {
  it('takes no markup from names', () => {
    const name = `<img src=x onerror="alert(1)">'&`;
    for (const text of [escape(name), element('rect', { x: name }), label(name, { x: 1, y: 2 })]) {
      expect(text).not.toContain('<img');
      expect(text).not.toContain('"alert');
    }
  });
});

describe('scales', () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 0.5, 1]],
    [7, [0, 2, 4, 6, 8]],
    [0.0347, [0, 0.01, 0.02, 0.03, 0.04]],
    [1234, [0, 500, 1000, 1500]],
  ])('from zero to %d have round numbers: %j', (most, ticks) => {
    expect(linearScale(most, [100, 0]).ticks).toEqual(ticks);
  });

  it('keep what they show between their ends', () => {
    const positive = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(positive, fc.double({ min: 0, max: 1, noNaN: true }), (most, share) => {
        const linear = linearScale(most, [200, 0]);
        expect(linear(most * share)).toBeGreaterThanOrEqual(-1e-6);
        expect(linear(most * share)).toBeLessThanOrEqual(200);
        expect(linear.ticks.length).toBeLessThanOrEqual(6);
      }),
    );
    fc.assert(
      fc.property(positive, positive, fc.constantFrom(2 as const, 10 as const), (a, b, base) => {
        const log = logScale({ least: Math.min(a, b), most: Math.max(a, b), base }, [0, 300]);
        for (const value of [a, b]) {
          expect(log(value)).toBeGreaterThanOrEqual(-1e-3);
          expect(log(value)).toBeLessThanOrEqual(300.001);
        }
      }),
    );
  });
});

describe('labels', () => {
  it('do not cover each other, wherever they should stand', () => {
    const anyLabel = fc.record({
      text: fc.string({ minLength: 1, maxLength: 20 }),
      x: fc.integer({ min: 0, max: 440 }),
      y: fc.integer({ min: 0, max: 240 }),
    });
    fc.assert(
      fc.property(fc.array(anyLabel, { maxLength: 12 }), (labels) => {
        const placed = placeLabels(labels);
        expect(placed).toHaveLength(labels.length);
        for (const [index, a] of placed.entries()) {
          for (const b of placed.slice(index + 1)) {
            const apart = Math.abs(a.x - b.x) >= ((a.text.length + b.text.length) * 7) / 2;
            expect(apart || Math.abs(a.y - b.y) >= 13).toBe(true);
          }
        }
      }),
    );
  });
});

describe('money for people', () => {
  it.each([
    [0, '$0'],
    [12.345, '$12.35'],
    [1234567.8, '$1,234,567.80'],
    [0.5, '$0.50'],
    [0.0123456, '$0.0123'],
    [0.00000364167, '$0.00000364'],
    [-0.02, '-$0.02'],
  ])('%d is %s', (usd, text) => {
    expect(formatUsd(usd)).toBe(text);
  });
});

describe('a rate to project', () => {
  it.each([
    ['10/s', 26_280_000],
    ['600/min', 26_280_000],
    ['1/h', 730],
    ['2400/day', 73_000],
    ['2M/month', 2_000_000],
    ['1.5k/month', 1500],
  ])('%s is %i calls a month', (text, calls) => {
    expect(projectedRate(text)).toBe(calls);
  });

  it.each(['10', '10/year', '-1/s', '1e3/s', '/s', ''])('%j is refused', (text) => {
    expect(() => projectedRate(text)).toThrow(/Expected calls per time/);
  });
});
