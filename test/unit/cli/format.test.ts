import { describe, expect, test } from 'vitest';
import { exactDigits, parseExact } from '../../../cli/client/exact-json.ts';
import {
  formatAge,
  formatBytes,
  formatMs,
  formatSetting,
  plural,
  printable,
} from '../../../cli/terminal/format.ts';

test.each([
  [0.314, '0.31 ms'],
  [9.999, '10.0 ms'],
  [42.25, '42.3 ms'],
  [99.96, '100 ms'],
  [312.4, '312 ms'],
  [999.6, '1.0 s'],
  [59_949, '59.9 s'],
  [59_960, '1 min 0 s'],
  [125_000, '2 min 5 s'],
])('%d ms is written %s', (ms, text) => expect(formatMs(ms)).toBe(text));

test.each([
  [100, '100 ms'],
  [1500, '1.5 s'],
  [3000, '3 s'],
  [90_000, '90 s'],
  [300_000, '5 min'],
])('a setting of %d ms is written %s, nothing rounded', (ms, text) => expect(formatSetting(ms)).toBe(text));

test.each([
  [-5, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [90_000_000, '25 h'],
  [200_000_000, '2 d'],
])('an age of %d ms is written %s', (ms, text) => expect(formatAge(ms)).toBe(text));

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KB'],
  [10_240, '10 KB'],
  [1_048_575, '1.0 MB'],
  [5 * 1024 ** 3, '5.0 GB'],
])('%d bytes are written %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test('one is singular', () => expect([plural(1, 'call'), plural(0, 'call')]).toEqual(['1 call', '0 calls']));

test('terminal control is taken out of foreign text, colours, tabs and newlines are not', () => {
  expect(printable('a\u001B[31mred\u001B[0m\tb\u0007\u001B[2J\u009Bc\r')).toBe(
    'a\u001B[31mred\u001B[0m\tb[2Jc',
  );
});

describe('exact JSON', () => {
  test.each(['12345678901234567890', '0.1000', '1e-30', '0.0000002', '-0.50'])(
    'keeps %s as it is',
    (digits) => {
      expect(JSON.stringify(parseExact(`[${digits}]`))).toBe(`[${digits}]`);
      expect(exactDigits((parseExact(`[${digits}]`) as unknown[])[0])).toBe(digits);
    },
  );

  test('gives ordinary numbers for those that a double holds', () => {
    expect(parseExact('{"a":[1,2.5,-3],"b":"1.50"}')).toEqual({ a: [1, 2.5, -3], b: '1.50' });
  });
});
