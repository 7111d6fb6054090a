/**
 * Frame: uint32BE body length · uint32BE header length · header (JSON, UTF-8) · payload (raw).
 * The body length counts everything after itself.
 */

import { joinedBytes, totalBytes } from '../../core/chunks.ts';

/** A frame larger than this is a defect or an attack: 6 MB bodies in base64 and JSON stay far below. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

const EMPTY = Buffer.alloc(0);

export interface Frame {
  header: unknown;
  /** In pieces, as it came: joining megabytes would only be a copy more. */
  payload: Buffer[];
}

/** Up to here copying a payload behind its header costs less than a second buffer in the system call. */
const MAX_COPIED_BYTES = 16 * 1024;

/**
 * The bytes to write for one message. A payload may be given in parts; a large part is a buffer of its own, so that it is
 * not copied.
 */
export function encodeFrame(
  header: unknown,
  payload?: Uint8Array,
  rest?: readonly Uint8Array[],
): Uint8Array[] {
  const json = JSON.stringify(header);
  const headerBytes = Buffer.byteLength(json);
  const payloadBytes = payload?.byteLength ?? 0;
  const restBytes = rest ? totalBytes(rest) : 0;
  const isCopied = payloadBytes <= MAX_COPIED_BYTES;
  const head = Buffer.allocUnsafe(8 + headerBytes + (isCopied ? payloadBytes : 0));
  head.writeUInt32BE(4 + headerBytes + payloadBytes + restBytes, 0);
  head.writeUInt32BE(headerBytes, 4);
  head.write(json, 8);
  const frame: Uint8Array[] = [head];
  if (payload && isCopied) head.set(payload, 8 + headerBytes);
  else if (payload) frame.push(payload);
  return rest ? frame.concat(rest) : frame;
}

/** Incremental decoder: push what the socket gave, get the frames that are complete. Linear in the input. */
export class FrameDecoder {
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Of the frame under way, its own length included; 0 while that is not known. */
  #frameBytes = 0;

  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    if (this.#frameBytes === 0 && this.#buffered >= 8) {
      this.#frameBytes = frameBytes(this.#peek(8).readUInt32BE(0));
    }
    if (this.#frameBytes === 0 || this.#buffered < this.#frameBytes) return undefined;
    const start = payloadStart(this.#frameBytes, this.#peek(8).readUInt32BE(4));
    const header: unknown = JSON.parse(this.#peek(start).toString('utf8', 8, start));
    this.#take(start);
    const payload = this.#take(this.#frameBytes - start);
    this.#frameBytes = 0;
    return { header, payload };
  }

  /** At least `count` buffered bytes as one buffer, joined only when they are needed. */
  #peek(count: number): Buffer {
    const first = this.#chunks[0] ?? EMPTY;
    if (first.length >= count) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  /** The next `count` of the buffered bytes, as they lie. */
  #take(count: number): Buffer[] {
    const taken: Buffer[] = [];
    for (let left = count; left > 0;) {
      const chunk = this.#chunks.shift() ?? EMPTY;
      const piece = chunk.length > left ? chunk.subarray(0, left) : chunk;
      if (piece.length < chunk.length) this.#chunks.unshift(chunk.subarray(left));
      taken.push(piece);
      left -= piece.length;
    }
    this.#buffered -= count;
    return taken;
  }
}

/** The whole length of a frame, from what it says first. */
export function frameBytes(bodyLength: number): number {
  if (bodyLength < 4 || bodyLength > MAX_FRAME_BYTES) {
    throw new Error(`frame of ${bodyLength} bytes (expected 4 to ${MAX_FRAME_BYTES})`);
  }
  return 4 + bodyLength;
}

/** Where in a frame of that whole length its payload begins, from what it says of its header. */
export function payloadStart(wholeBytes: number, headerLength: number): number {
  const start = 8 + headerLength;
  if (start > wholeBytes) throw new Error('frame header is longer than its frame');
  return start;
}

/** The last `count` bytes apart from those before them; nothing is copied but what lies in several pieces before. */
export function splitAtEnd(pieces: readonly Buffer[], count: number): { payload: Buffer; rest: Buffer[] } {
  let left = totalBytes(pieces) - count;
  if (left < 0) throw new Error(`payload is shorter than the ${count} bytes at its end`);
  const before: Buffer[] = [];
  const rest: Buffer[] = [];
  for (const piece of pieces) {
    if (left > 0) before.push(piece.subarray(0, left));
    if (piece.length > left) rest.push(left > 0 ? piece.subarray(left) : piece);
    left = Math.max(0, left - piece.length);
  }
  return { payload: joinedBytes(before), rest };
}
