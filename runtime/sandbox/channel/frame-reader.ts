import { release } from '../../core/release.ts';
import { frameBytes, payloadStart } from './frames.ts';

/** More than most messages, so that one read brings all of it. */
const SMALL_BYTES = 64 * 1024;

/**
 * Takes frames out of the very memory that the socket reads into: small ones need no new memory, and a large one, whose
 * length is known from its first bytes, is read to where it stays.
 *
 * What `received` returns lies in that memory: it is valid until the next read.
 */
export class FrameReader {
  readonly #small = Buffer.allocUnsafeSlow(SMALL_BYTES);
  #buffer = this.#small;
  /** What lies from `#start` to `#end` has been read, but belongs to a frame that is not complete. */
  #start = 0;
  #end = 0;

  /** Where the next bytes are to be read to. Never empty. */
  room(): Buffer {
    const started = this.#end - this.#start;
    const needed = started < 8 ? 8 : this.#frameBytes();
    const isLarge = needed > SMALL_BYTES;
    if (started === 0 || this.#start + needed > this.#buffer.length) {
      const to = isLarge ? Buffer.allocUnsafeSlow(needed) : this.#small;
      this.#buffer.copy(to, 0, this.#start, this.#end);
      if (this.#buffer !== this.#small) release([this.#buffer]);
      this.#buffer = to;
      this.#start = 0;
      this.#end = started;
    }
    return this.#buffer.subarray(this.#end);
  }

  /** So many bytes have been read. @throws Error when they are no frames */
  received(count: number): { header: unknown; payload: Buffer }[] {
    this.#end += count;
    const frames = [];
    while (this.#end - this.#start >= 8) {
      const bytes = this.#frameBytes();
      const end = this.#start + bytes;
      if (end > this.#end) break;
      const headerEnd = this.#start + payloadStart(bytes, this.#buffer.readUInt32BE(this.#start + 4));
      const header: unknown = JSON.parse(this.#buffer.toString('utf8', this.#start + 8, headerEnd));
      frames.push({ header, payload: this.#buffer.subarray(headerEnd, end) });
      this.#start = end;
    }
    return frames;
  }

  #frameBytes(): number {
    return frameBytes(this.#buffer.readUInt32BE(this.#start));
  }
}
