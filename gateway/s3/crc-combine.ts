/**
 * The checksum of a whole from those of its parts: a CRC is linear, so the parts need not be read again.
 * Source: zlib's crc32_combine, for any reflected CRC whose register starts and ends inverted.
 */
import type { ChecksumAlgorithm } from './checksums.ts';

const POLYNOMIALS: Partial<Record<ChecksumAlgorithm, { width: number; polynomial: bigint }>> = {
  CRC32: { width: 32, polynomial: 0xedb88320n },
  CRC32C: { width: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { width: 64, polynomial: 0x9a6c9329ac4bc9b5n },
};

/** True for algorithms whose parts' checksums determine that of the whole. */
export const isCombinable = (algorithm: ChecksumAlgorithm): boolean => POLYNOMIALS[algorithm] !== undefined;

/** `value` is base64, `size` in bytes, in the order of the parts. */
export function combineCrcs(
  algorithm: ChecksumAlgorithm,
  parts: readonly { value: string; size: number }[],
): string {
  const field = POLYNOMIALS[algorithm];
  if (!field) throw new Error(`${algorithm} cannot be combined`);
  const { width, polynomial } = field;
  const one = 1n << BigInt(width - 1);

  /** Product of two polynomials modulo the CRC's; the highest bit is the lowest power. */
  const multiply = (a: bigint, b: bigint): bigint => {
    let product = 0n;
    let shifted = b;
    for (let bit = one; bit > 0n; bit >>= 1n) {
      if (a & bit) product ^= shifted;
      shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
    }
    return product;
  };
  /** What appending that many bytes multiplies a checksum by; equal parts share it. */
  const shifts = new Map<number, bigint>();
  const shiftBy = (bytes: number): bigint => {
    const known = shifts.get(bytes);
    if (known !== undefined) return known;
    let result = one;
    let power = one >> 1n;
    for (let bits = BigInt(bytes) * 8n; bits > 0n; bits >>= 1n) {
      if (bits & 1n) result = multiply(result, power);
      power = multiply(power, power);
    }
    shifts.set(bytes, result);
    return result;
  };

  let whole = 0n;
  for (const { value, size } of parts) {
    const crc = BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`);
    whole = multiply(shiftBy(size), whole) ^ crc;
  }
  return Buffer.from(whole.toString(16).padStart(width / 4, '0'), 'hex').toString('base64');
}
