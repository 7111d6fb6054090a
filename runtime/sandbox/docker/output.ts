/** The engine's attach stream (stdout and stderr in one, in frames) as lines of text. */
import { StringDecoder } from 'node:string_decoder';
import type { RawLine } from '../sandbox.ts';

/** A line longer than this is passed on in pieces: output without a newline must not fill the memory. */
const MAX_LINE_CHARACTERS = 64 * 1024;
const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Feed it what the attach stream gives. Frame: stream (1 byte), three zeros, uint32BE length, text.
 * Frames may be cut anywhere; characters and lines too.
 */
export class OutputLines {
  readonly #onLine: (line: RawLine) => void;
  readonly #stdout = new LineBuffer();
  readonly #stderr = new LineBuffer();
  #header = Buffer.alloc(0);
  #stream: RawLine['stream'] = 'stdout';
  #left = 0;

  constructor(onLine: (line: RawLine) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0;) {
      rest = this.#left > 0 ? this.#takeText(rest) : this.#takeHeader(rest);
    }
  }

  /** Passes on what came after the last newline. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const line = this.#buffer(stream).end();
      if (line !== '') this.#onLine({ stream, line });
    }
  }

  #takeHeader(chunk: Buffer): Buffer {
    const missing = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, missing)]);
    if (this.#header.length === HEADER_BYTES) {
      this.#stream = this.#header[0] === STDERR ? 'stderr' : 'stdout';
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return chunk.subarray(missing);
  }

  #takeText(chunk: Buffer): Buffer {
    const text = chunk.subarray(0, this.#left);
    this.#left -= text.length;
    for (const line of this.#buffer(this.#stream).push(text)) this.#onLine({ stream: this.#stream, line });
    return chunk.subarray(text.length);
  }

  #buffer(stream: RawLine['stream']): LineBuffer {
    return stream === 'stdout' ? this.#stdout : this.#stderr;
  }
}

class LineBuffer {
  readonly #decoder = new StringDecoder('utf8');
  #partial = '';

  push(bytes: Buffer): string[] {
    const lines = (this.#partial + this.#decoder.write(bytes)).split('\n');
    this.#partial = lines.pop() ?? '';
    while (this.#partial.length > MAX_LINE_CHARACTERS) {
      lines.push(this.#partial.slice(0, MAX_LINE_CHARACTERS));
      this.#partial = this.#partial.slice(MAX_LINE_CHARACTERS);
    }
    return lines;
  }

  end(): string {
    const rest = this.#partial + this.#decoder.end();
    this.#partial = '';
    return rest;
  }
}
