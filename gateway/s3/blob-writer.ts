/**
 * Writes one blob. A small one is kept in memory until it is complete and then written with a few synchronous calls:
 * each asynchronous one costs two changes of thread, which together took ten times as long as the work (60 us for
 * 1 KB). A large one is streamed to a temporary file.
 */
import { closeSync, fdatasync, mkdirSync, open as openCallback, openSync, writeSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { totalBytes } from '../../runtime/core/chunks.ts';

export interface BlobWriter {
  readonly id: string;
  /**
   * Resolves when all so far is written; where it returns nothing it keeps the chunk, which it does with small ones.
   * Calls need not wait for each other.
   */
  write(chunk: Uint8Array): Promise<void> | void;
  /** Puts the blob in its place. From here on it stays, unless `discard` or a sweep takes it. */
  publish(): Promise<void>;
  /** Removes what was written. Does nothing after `settle`. No write may be under way. */
  abandon(): Promise<void>;
  /** The row that refers to it is committed. */
  settle(): void;
}

export interface BlobPlace {
  id: string;
  /** Where it is while it is being written. */
  temporary: string;
  target: string;
  /** Given when blobs must reach the disk: makes the entries of a folder durable. */
  syncFolder: ((folder: string) => Promise<void>) | undefined;
  /** It is committed, or nothing is left of it. */
  onSettled(): void;
}

/** What a thousand uploads at a time may each hold. */
export const SMALL_BYTES = 64 * 1024;

const dataSync = promisify(fdatasync);
const openFile = promisify(openCallback);

export class BlobFile implements BlobWriter {
  readonly id: string;
  readonly #place: BlobPlace;
  /** Not yet handed to the file. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** From the moment it is too large for memory. */
  #file: Promise<FileHandle> | undefined;
  /** How far the file is written, or will be by the writes under way. */
  #position = 0;
  #published = false;
  #settled = false;

  constructor(place: BlobPlace) {
    this.id = place.id;
    this.#place = place;
  }

  write(chunk: Uint8Array): Promise<void> | void {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes > SMALL_BYTES) return this.#flush();
  }

  async publish(): Promise<void> {
    if (this.#file) await this.#publishFile(this.#file);
    else await this.#publishSmall();
  }

  async abandon(): Promise<void> {
    if (this.#settled) return;
    await this.#close();
    if (this.#published) await rm(this.#place.target, { force: true });
    else await rm(this.#place.temporary, { force: true });
    this.settle();
  }

  settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#place.onSettled();
  }

  async #flush(): Promise<void> {
    const chunks = this.#pending;
    const position = this.#position;
    this.#position += this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#file ??= open(this.#place.temporary, 'wx');
    await writeAll(await this.#file, chunks, position);
  }

  async #publishFile(file: Promise<FileHandle>): Promise<void> {
    const { temporary, target, syncFolder } = this.#place;
    await this.#flush();
    if (syncFolder) await (await file).datasync();
    await this.#close();
    await renameInto(temporary, target);
    this.#published = true;
    await syncFolder?.(dirname(target));
  }

  async #publishSmall(): Promise<void> {
    const { target, syncFolder } = this.#place;
    this.#published = true;
    // While others flush, making a file waits for the file system's journal: not on this thread.
    const file = syncFolder ? await openApart(target) : openNow(target);
    try {
      for (const chunk of this.#pending) writeAllNow(file, chunk);
      // Together: the file system makes one transaction of the two.
      if (syncFolder) await Promise.all([dataSync(file), syncFolder(dirname(target))]);
    } finally {
      closeSync(file);
    }
  }

  async #close(): Promise<void> {
    const file = await this.#file?.catch(() => undefined);
    this.#file = undefined;
    await file?.close();
  }
}

/** The folder is nearly always there already; making it first would cost every upload two system calls. */
function openNow(path: string): number {
  try {
    return openSync(path, 'wx');
  } catch (error) {
    if (!isMissing(error)) throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, 'wx');
  }
}

async function openApart(path: string): Promise<number> {
  try {
    return await openFile(path, 'wx');
  } catch (error) {
    if (!isMissing(error)) throw error;
    return openNow(path);
  }
}

async function renameInto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await rename(from, to);
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

async function writeAll(file: FileHandle, chunks: readonly Uint8Array[], start: number): Promise<void> {
  if (chunks.length === 0) return;
  const size = totalBytes(chunks);
  let { bytesWritten } = await file.writev(chunks, start);
  if (bytesWritten === size) return;
  // A disk that is nearly full takes part of it and refuses the rest with an error.
  const bytes = Buffer.concat(chunks);
  while (bytesWritten < size) {
    const rest = await file.write(bytes, bytesWritten, size - bytesWritten, start + bytesWritten);
    bytesWritten += rest.bytesWritten;
  }
}

function writeAllNow(file: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at, chunk.length - at);
}
