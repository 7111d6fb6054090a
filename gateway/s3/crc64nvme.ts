/**
 * CRC-64/NVME, eight bytes a step ("slicing-by-8"). S3 computes it for every upload that brings no checksum
 * of its own, so that it must not be what an upload waits for: the packages do a third of this speed.
 * 64 bits are two halves of 32, because BigInt arithmetic would be slower still.
 */

/** The reflected polynomial 0x9a6c9329ac4bc9b5. */
const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

/** `[k * 256 + b]`: the effect of byte b followed by k zero bytes. */
const { HIGH, LOW } = makeTables();

function makeTables(): { HIGH: Int32Array; LOW: Int32Array } {
  const high = new Int32Array(8 * 256);
  const low = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let [h, l] = [0, byte];
    for (let bit = 0; bit < 8; bit++) {
      const odd = l & 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (odd) [h, l] = [h ^ POLYNOMIAL_HIGH, l ^ POLYNOMIAL_LOW];
    }
    high[byte] = h;
    low[byte] = l;
  }
  for (let index = 256; index < low.length; index++) {
    const [h, l] = [high[index - 256] ?? 0, low[index - 256] ?? 0];
    const byte = l & 0xff;
    low[index] = ((l >>> 8) | (h << 24)) ^ (low[byte] ?? 0);
    high[index] = (h >>> 8) ^ (high[byte] ?? 0);
  }
  return { HIGH: high, LOW: low };
}

/** A running checksum. */
export class Crc64Nvme {
  #high = 0xffffffff;
  #low = 0xffffffff;

  update(data: Uint8Array): void {
    let high = this.#high;
    let low = this.#low;
    let index = 0;
    for (const end = data.length - 7; index < end; index += 8) {
      const l =
        low ^
        (at(data, index) |
          (at(data, index + 1) << 8) |
          (at(data, index + 2) << 16) |
          (at(data, index + 3) << 24));
      const h =
        high ^
        (at(data, index + 4) |
          (at(data, index + 5) << 8) |
          (at(data, index + 6) << 16) |
          (at(data, index + 7) << 24));
      const a = 1792 + (l & 0xff);
      const b = 1536 + ((l >>> 8) & 0xff);
      const c = 1280 + ((l >>> 16) & 0xff);
      const d = 1024 + (l >>> 24);
      const e = 768 + (h & 0xff);
      const f = 512 + ((h >>> 8) & 0xff);
      const g = 256 + ((h >>> 16) & 0xff);
      const i = h >>> 24;
      low =
        at(LOW, a) ^ at(LOW, b) ^ at(LOW, c) ^ at(LOW, d) ^ at(LOW, e) ^ at(LOW, f) ^ at(LOW, g) ^ at(LOW, i);
      high =
        at(HIGH, a) ^
        at(HIGH, b) ^
        at(HIGH, c) ^
        at(HIGH, d) ^
        at(HIGH, e) ^
        at(HIGH, f) ^
        at(HIGH, g) ^
        at(HIGH, i);
    }
    for (; index < data.length; index++) {
      const byte = (low ^ at(data, index)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ at(LOW, byte);
      high = (high >>> 8) ^ at(HIGH, byte);
    }
    this.#high = high;
    this.#low = low;
  }

  /** Big-endian, as S3 writes it. */
  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(~this.#high >>> 0, 0);
    bytes.writeUInt32BE(~this.#low >>> 0, 4);
    return bytes;
  }
}

const at = (values: Int32Array | Uint8Array, index: number): number => values[index] ?? 0;
