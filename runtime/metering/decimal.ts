/** `coefficient * 10^-scale` on BigInt: sums and products of money are exact, at any size. */
export class Decimal {
  static readonly zero = new Decimal(0n, 0);

  readonly #coefficient: bigint;
  readonly #scale: number;

  private constructor(coefficient: bigint, scale: number) {
    this.#coefficient = coefficient;
    this.#scale = scale;
  }

  /** From plain decimal text, `-12.50` for one. Throws a RangeError for anything else. */
  static parse(text: string): Decimal {
    const match = /^(-?\d+)(?:\.(\d+))?$/.exec(text);
    if (match === null) throw new RangeError(`not a decimal number: ${text}`);
    const [, integer = '', fraction = ''] = match;
    return new Decimal(BigInt(integer + fraction), fraction.length);
  }

  static integer(value: bigint): Decimal {
    return new Decimal(value, 0);
  }

  plus(other: Decimal): Decimal {
    const scale = Math.max(this.#scale, other.#scale);
    return new Decimal(this.#at(scale) + other.#at(scale), scale);
  }

  minus(other: Decimal): Decimal {
    const scale = Math.max(this.#scale, other.#scale);
    return new Decimal(this.#at(scale) - other.#at(scale), scale);
  }

  times(other: Decimal): Decimal {
    return new Decimal(this.#coefficient * other.#coefficient, this.#scale + other.#scale);
  }

  /** Negative, zero or positive, for sorting. */
  compare(other: Decimal): number {
    const scale = Math.max(this.#scale, other.#scale);
    const difference = this.#at(scale) - other.#at(scale);
    return difference < 0n ? -1 : Number(difference > 0n);
  }

  /** With exactly `decimals` places, half away from zero. The only operation that rounds. */
  toFixed(decimals: number): string {
    if (decimals >= this.#scale) return asText(this.#at(decimals), decimals);
    const unit = 10n ** BigInt(this.#scale - decimals);
    const half = this.#coefficient < 0n ? -unit / 2n : unit / 2n;
    return asText((this.#coefficient + half) / unit, decimals);
  }

  /** Every digit and no trailing zeros. */
  toString(): string {
    const text = asText(this.#coefficient, this.#scale);
    return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  }

  /** Lets JSON.stringify write a number with every digit, where a double would keep 17. */
  toJSON(): unknown {
    return rawJson(this.toString());
  }

  #at(scale: number): bigint {
    return this.#coefficient * 10n ** BigInt(scale - this.#scale);
  }
}

function asText(coefficient: bigint, scale: number): string {
  const sign = coefficient < 0n ? '-' : '';
  const digits = (coefficient < 0n ? -coefficient : coefficient).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** JSON.rawJSON, which Node has had since 21 and the type library lacks. */
function rawJson(text: string): unknown {
  // The cast adds the one missing declaration.
  return (JSON as typeof JSON & { rawJSON(text: string): unknown }).rawJSON(text);
}
