/** Bytes that came, or are to go, in pieces: joining megabytes would only be a copy more. */

const EMPTY = Buffer.alloc(0);

/** How many bytes there are in all pieces. */
export const totalBytes = (chunks: readonly Uint8Array[]): number =>
  chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);

/** One buffer of all the pieces, copied only when there are several. */
export function joinedBytes(chunks: readonly Buffer[]): Buffer {
  const [first = EMPTY] = chunks;
  return chunks.length > 1 ? Buffer.concat(chunks) : first;
}
