import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDurationMs } from '../../../runtime/config/duration.ts';

test.each([
  [3, 3000],
  [0.1, 100],
  [0, 0],
  ['10', 10_000],
  ['0.25', 250],
  ['250ms', 250],
  ['10s', 10_000],
  ['1.5s', 1500],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['1m30s', 90_000],
  [' 10s ', 10_000],
])('%j is %i ms', (written, ms) => {
  expect(parseDurationMs(written)).toBe(ms);
});

test.each([
  '',
  ' ',
  's',
  '10 s',
  '10q',
  '-1s',
  '1e3',
  '10s!',
  '1,5s',
  '5M',
  'Infinity',
  -1,
  Number.NaN,
  Infinity,
])('%j is no duration', (written) => {
  expect(parseDurationMs(written)).toBeUndefined();
});

test('what is formatted is read back as the same time', () => {
  fc.assert(
    fc.property(fc.nat({ max: 10 * 86_400_000 }), (ms) => {
      expect(parseDurationMs(formatDuration(ms))).toBe(ms);
    }),
  );
});

test.each([
  [0, '0s'],
  [100, '100ms'],
  [1500, '1.5s'],
  [90_000, '90s'],
  [300_000, '5m'],
  [86_400_000, '1d'],
])('%i ms is written %s', (ms, written) => {
  expect(formatDuration(ms)).toBe(written);
});
