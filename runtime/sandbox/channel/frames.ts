/**
 * Frame: uint32BE body length · uint32BE header length · header (JSON, UTF-8) · payload (raw).
 * The body length counts everything after itself.
 */

/** A frame larger than this is a defect or an attack: 6 MB bodies in base64 and JSON stay far below. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

const EMPTY = Buffer.alloc(0);

export interface Frame {
  header: unknown;
  payload: Buffer;
}

/** Up to here copying a payload behind its header costs less than a second buffer in the system call. */
const MAX_COPIED_BYTES = 16 * 1024;

/** The bytes to write for one message; a large payload is a buffer of its own, so that it is not copied. */
export function encodeFrame(header: unknown, payload?: Uint8Array): Uint8Array[] {
  const json = JSON.stringify(header);
  const headerBytes = Buffer.byteLength(json);
  const payloadBytes = payload?.byteLength ?? 0;
  const isCopied = payloadBytes <= MAX_COPIED_BYTES;
  const head = Buffer.allocUnsafe(8 + headerBytes + (isCopied ? payloadBytes : 0));
  head.writeUInt32BE(4 + headerBytes + payloadBytes, 0);
  head.writeUInt32BE(headerBytes, 4);
  head.write(json, 8);
  if (!payload) return [head];
  if (!isCopied) return [head, payload];
  head.set(payload, 8 + headerBytes);
  return [head];
}

/** Incremental decoder: push what the socket gave, get the frames that are complete. Linear in the input. */
export class FrameDecoder {
  #chunks: Buffer[] = [];
  #buffered = 0;

  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    if (this.#buffered < 8) return undefined;
    const bodyLength = this.#peek(8).readUInt32BE(0);
    if (bodyLength < 4 || bodyLength > MAX_FRAME_BYTES) {
      throw new Error(`frame of ${bodyLength} bytes (expected 4 to ${MAX_FRAME_BYTES})`);
    }
    if (this.#buffered < 4 + bodyLength) return undefined;
    const frame = this.#peek(4 + bodyLength);
    this.#drop(frame, 4 + bodyLength);
    const headerEnd = 8 + frame.readUInt32BE(4);
    if (headerEnd > 4 + bodyLength) throw new Error('frame header is longer than its frame');
    return {
      header: JSON.parse(frame.toString('utf8', 8, headerEnd)),
      payload: headerEnd === 4 + bodyLength ? EMPTY : frame.subarray(headerEnd, 4 + bodyLength),
    };
  }

  /** At least `count` buffered bytes as one buffer, joined only when they are needed. */
  #peek(count: number): Buffer {
    const first = this.#chunks[0] ?? EMPTY;
    if (first.length >= count) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #drop(first: Buffer, count: number): void {
    this.#buffered -= count;
    if (first.length === count) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(count);
  }
}
