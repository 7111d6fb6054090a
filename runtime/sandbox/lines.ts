import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is passed on in pieces: output without a newline must not fill the memory. */
const MAX_LINE_CHARACTERS = 64 * 1024;

/** Cuts a stream of bytes into lines of text, wherever its chunks may end. */
export class LineBuffer {
  readonly #decoder = new StringDecoder('utf8');
  #partial = '';

  push(bytes: Buffer): string[] {
    const text = this.#decoder.write(bytes);
    const end = text.lastIndexOf('\n');
    const lines = end < 0 ? [] : (this.#partial + text.slice(0, end)).split('\n');
    this.#partial = end < 0 ? this.#partial + text : text.slice(end + 1);
    while (this.#partial.length > MAX_LINE_CHARACTERS) {
      lines.push(this.#partial.slice(0, MAX_LINE_CHARACTERS));
      this.#partial = this.#partial.slice(MAX_LINE_CHARACTERS);
    }
    return lines;
  }

  /** What came after the last newline; empty when nothing did. */
  end(): string {
    const rest = this.#partial + this.#decoder.end();
    this.#partial = '';
    return rest;
  }
}
