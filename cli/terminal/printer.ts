/** Lines that come by the thousand: one write per turn of the event loop, and none for a reader who does not read. */
import type { Writable } from 'node:stream';

/** What a reader may be behind, in characters. The records themselves are in the store. */
const MOST_UNREAD = 4 * 1024 * 1024;

export class Printer {
  readonly #stream: Writable;
  /** Says how many lines were left out. */
  readonly #onSkipped: (count: number) => void;
  #lines: string[] = [];
  #skipped = 0;

  constructor(stream: Writable, onSkipped: (count: number) => void) {
    this.#stream = stream;
    this.#onSkipped = onSkipped;
  }

  print(line: string): void {
    if (this.#stream.writableLength > MOST_UNREAD) {
      this.#skipped += 1;
      return;
    }
    if (this.#lines.length === 0) setImmediate(() => this.flush());
    this.#lines.push(line);
  }

  /** Writes what is held now. */
  flush(): void {
    if (this.#skipped > 0) this.#onSkipped(this.#skipped);
    this.#skipped = 0;
    if (this.#lines.length > 0) this.#stream.write(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }
}
