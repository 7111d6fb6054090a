import type { Readable } from 'node:stream';
import { LineBuffer } from '../lines.ts';
import type { RawLine } from '../sandbox.ts';
import { HEAP_EXHAUSTED } from './classify-exit.ts';

/** Kept to explain a start that failed; enough for an uncaught error of Node. */
const KEPT_LINES = 20;

/** A process's real stdout and stderr: what native code, child processes and a dying Node print. */
export class RawOutput {
  /** Resolves when both streams have ended. */
  readonly ended: Promise<unknown>;
  heapExhausted = false;
  #onLine: ((line: RawLine) => void) | undefined;
  #waiting: RawLine[] = [];
  readonly #last: string[] = [];

  constructor(stdout: Readable, stderr: Readable) {
    this.ended = Promise.all([this.#read('stdout', stdout), this.#read('stderr', stderr)]);
  }

  get onLine(): ((line: RawLine) => void) | undefined {
    return this.#onLine;
  }

  /** Lines that came before wait for the first listener. */
  set onLine(listener: ((line: RawLine) => void) | undefined) {
    this.#onLine = listener;
    if (listener) for (const line of this.#waiting.splice(0)) listener(line);
  }

  /** The latest lines as one text. */
  get lastLines(): string {
    return this.#last.join('\n').trim();
  }

  #read(name: RawLine['stream'], stream: Readable): Promise<void> {
    const lines = new LineBuffer();
    stream.on('data', (chunk: Buffer) => {
      for (const line of lines.push(chunk)) this.#tell({ stream: name, line });
    });
    stream.on('error', () => undefined); // 'close' follows
    return new Promise((resolve) => {
      stream.once('close', () => {
        const rest = lines.end();
        if (rest) this.#tell({ stream: name, line: rest });
        resolve();
      });
    });
  }

  #tell(line: RawLine): void {
    if (HEAP_EXHAUSTED.test(line.line)) this.heapExhausted = true;
    this.#last.push(line.line);
    if (this.#last.length > KEPT_LINES) this.#last.shift();
    if (this.#onLine) this.#onLine(line);
    else this.#waiting.push(line);
  }
}
