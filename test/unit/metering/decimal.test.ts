import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../../runtime/metering/decimal.ts';

/** A decimal as text and as what it is: a numerator over a power of ten. */
const anyDecimal = fc
  .record({ numerator: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), scale: fc.nat({ max: 20 }) })
  .map(({ numerator, scale }) => ({ numerator, scale, decimal: Decimal.parse(asText(numerator, scale)) }));

function asText(numerator: bigint, scale: number): string {
  const sign = numerator < 0n ? '-' : '';
  const digits = String(numerator < 0n ? -numerator : numerator).padStart(scale + 1, '0');
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Reads the result back as numerator over 10^60, independently of the class. */
function over60(decimal: Decimal): bigint {
  const [integer = '', fraction = ''] = decimal.toString().split('.');
  return BigInt(integer + fraction.padEnd(60, '0'));
}
const scaled = ({ numerator, scale }: { numerator: bigint; scale: number }) =>
  numerator * 10n ** BigInt(60 - scale);

describe('Decimal', () => {
  it('adds, multiplies and compares as rational numbers do', () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, (a, b) => {
        expect(over60(a.decimal.plus(b.decimal))).toBe(scaled(a) + scaled(b));
        const product = { numerator: a.numerator * b.numerator, scale: a.scale + b.scale };
        expect(over60(a.decimal.times(b.decimal))).toBe(scaled(product));
        expect(Math.sign(a.decimal.compare(b.decimal))).toBe(
          Number(scaled(a) > scaled(b)) - Number(scaled(a) < scaled(b)),
        );
      }),
    );
  });

  it.each([
    ['0', '0'],
    ['0.00', '0'],
    ['1.500', '1.5'],
    ['100', '100'],
    ['-0.050', '-0.05'],
    ['0.0000002', '0.0000002'],
    ['12345678901234567890.12345678901234567891', '12345678901234567890.12345678901234567891'],
  ])('writes %s as %s', (text, expected) => {
    expect(Decimal.parse(text).toString()).toBe(expected);
  });

  it.each([
    ['1.005', 2, '1.01'],
    ['1.004999', 2, '1.00'],
    ['-1.005', 2, '-1.01'],
    ['0.5', 0, '1'],
    ['2', 3, '2.000'],
    ['0.0000166667', 10, '0.0000166667'],
    ['9.995', 2, '10.00'],
  ])('rounds %s to %i places: %s', (text, places, expected) => {
    expect(Decimal.parse(text).toFixed(places)).toBe(expected);
  });

  it.each(['', '.5', '1.', '1e3', 'NaN', '0x1', '1,5', ' 1'])('refuses %j', (text) => {
    expect(() => Decimal.parse(text)).toThrow(RangeError);
  });

  it('goes into JSON as a number with every digit', () => {
    const value = Decimal.parse('12345678901234567890.123456789');
    expect(JSON.stringify({ value, list: [value] })).toBe(
      '{"value":12345678901234567890.123456789,"list":[12345678901234567890.123456789]}',
    );
  });
});
