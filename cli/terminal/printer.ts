/** Lines that come by the thousand: few writes, and none for a reader who does not read. */
import type { Writable } from 'node:stream';

/** What a reader may be behind, in characters. The records themselves are in the store. */
const MOST_UNREAD = 4 * 1024 * 1024;
/** From one write to the next at least. A write costs as much as a tenth of a warm call; nobody sees 20 ms. */
const BETWEEN_MS = 20;

export class Printer {
  readonly #stream: Writable;
  /** Says how many lines were left out. */
  readonly #onSkipped: (count: number) => void;
  readonly #betweenMs: number;
  #lines: string[] = [];
  #skipped = 0;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(stream: Writable, onSkipped: (count: number) => void, betweenMs = BETWEEN_MS) {
    this.#stream = stream;
    this.#onSkipped = onSkipped;
    this.#betweenMs = betweenMs;
  }

  print(line: string): void {
    if (this.#stream.writableLength > MOST_UNREAD) {
      this.#skipped += 1;
      return;
    }
    if (this.#lines.length === 0) this.#flushSoon();
    this.#lines.push(line);
  }

  /** What comes after a quiet moment is written at once. */
  #flushSoon(): void {
    const restMs = this.#writtenAt + this.#betweenMs - performance.now();
    if (restMs > 0) setTimeout(() => this.flush(), restMs);
    else setImmediate(() => this.flush());
  }

  /** Writes what is held now. */
  flush(): void {
    if (this.#skipped > 0) this.#onSkipped(this.#skipped);
    this.#skipped = 0;
    if (this.#lines.length > 0) this.#stream.write(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
    this.#writtenAt = performance.now();
  }
}
