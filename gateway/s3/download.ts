/**
 * Stretches of files on their way to a client, through memory that is used again: read streams take new memory for
 * every read, which costs more than the reading.
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { ByteSource } from '../aws/request.ts';

export interface FileStretch {
  path: string;
  start: number;
  /** Exclusive. */
  end: number;
}

const READ_BYTES = 256 * 1024;

export class Download implements ByteSource {
  readonly #stretches: readonly FileStretch[];
  readonly #onClosed: () => void;
  #file: FileHandle | undefined;
  #closed = false;

  constructor(stretches: readonly FileStretch[], onClosed: () => void) {
    this.#stretches = stretches;
    this.#onClosed = onClosed;
  }

  /** Opens the first file: that it is not there can be told as long as nothing is sent. */
  async open(): Promise<void> {
    const first = this.#stretches[0];
    if (first) this.#file = await open(first.path);
  }

  async sendTo(write: (chunk: Uint8Array) => Promise<void>): Promise<void> {
    const largest = Math.max(0, ...this.#stretches.map(({ start, end }) => end - start));
    const buffer = Buffer.allocUnsafeSlow(Math.min(largest, READ_BYTES));
    for (const { path, start, end } of this.#stretches) {
      this.#file ??= await open(path);
      for (let at = start; at < end;) {
        const { bytesRead } = await this.#file.read(buffer, 0, Math.min(buffer.length, end - at), at);
        if (bytesRead === 0) throw new Error(`${path} is shorter than its row says`);
        await write(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
      await this.#closeFile();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#closeFile();
    this.#onClosed();
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}
