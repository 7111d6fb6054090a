/**
 * CRC-32C (Castagnoli), eight bytes a step ("slicing-by-8"): some fifteen times the speed of the byte-wise
 * packages, which would otherwise be what an upload waits for. Node has no native one.
 */
const POLYNOMIAL = 0x82f63b78;

/** `TABLES[k * 256 + b]`: the effect of byte b followed by k zero bytes. */
const TABLES = makeTables();

function makeTables(): Uint32Array {
  const tables = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let index = 256; index < tables.length; index++) {
    const shorter = tables[index - 256] ?? 0;
    tables[index] = (shorter >>> 8) ^ (tables[shorter & 0xff] ?? 0);
  }
  return tables;
}

/** The checksum of `data`, carrying on from that of what came before it. */
export function crc32c(data: Uint8Array, previous = 0): number {
  const at = (slice: number, byte: number): number => TABLES[slice * 256 + (byte & 0xff)] ?? 0;
  const byteAt = (index: number): number => data[index] ?? 0;
  let crc = ~previous;
  let index = 0;
  for (const end = data.length - 7; index < end; index += 8) {
    const low =
      crc ^
      (byteAt(index) | (byteAt(index + 1) << 8) | (byteAt(index + 2) << 16) | (byteAt(index + 3) << 24));
    crc =
      at(7, low) ^
      at(6, low >>> 8) ^
      at(5, low >>> 16) ^
      at(4, low >>> 24) ^
      at(3, byteAt(index + 4)) ^
      at(2, byteAt(index + 5)) ^
      at(1, byteAt(index + 6)) ^
      at(0, byteAt(index + 7));
  }
  for (; index < data.length; index++) crc = (crc >>> 8) ^ at(0, crc ^ byteAt(index));
  return ~crc >>> 0;
}
