/**
 * Objects' bytes: immutable files under random names, so that neither a key nor a client ever names a path
 * and an overwrite never changes what a running download reads.
 *
 * 1. A blob is complete in its place before the row that refers to it is committed: a committed row always
 *    has its bytes.
 * 2. A blob that no row refers to is deleted: at once by whoever dropped the row, or by `sweep` at the next
 *    start when the process died in between. A marker tells whether the last session ended cleanly, so that a
 *    sweep, which looks at every file, is made only when it may find something.
 * 3. A blob that is being read is deleted when its last reader is done.
 */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { mkdir, open, opendir, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { BlobFile, SMALL_BYTES } from './blob-writer.ts';
import type { BlobWriter } from './blob-writer.ts';
import { shared } from './durability.ts';
import { Download } from './download.ts';
import { randomBytesOf } from './random.ts';

/** A run of bytes of one blob; `end` is exclusive. */
export interface BlobSlice {
  blob: string;
  start: number;
  end: number;
}

export interface BlobsOptions {
  /** `<dataDir>/blobs`. */
  directory: string;
  /** Flush each blob to the disk before it is committed: survives power loss, costs an fsync per upload. */
  fsync: boolean;
}

const READ_BYTES = 256 * 1024;
const FOLDER_MS = 4000;

export class Blobs {
  #directory: string;
  #fsync: boolean;
  /** Published or being written, and not committed yet: `sweep` must not take them. */
  #unsettled = new Set<string>();
  #readers = new Map<string, number>();
  /** To be deleted when the last reader is done. */
  #doomed = new Set<string>();
  #deletions = new Set<Promise<void>>();
  /** A file could not be deleted: the next start has something to sweep. */
  #leftSomething = false;
  #folders = new Map<string, Promise<Folder>>();

  constructor({ directory, fsync }: BlobsOptions) {
    this.#directory = directory;
    this.#fsync = fsync;
  }

  /**
   * Makes the folders and empties `tmp/`: what is there belongs to uploads that never ended.
   * Returns whether the last session was closed, hence left nothing to sweep.
   */
  async open(): Promise<{ clean: boolean }> {
    await rm(this.#tmp(), { recursive: true, force: true });
    // Private: the database beside it, which names the objects, is so too.
    const made = await mkdir(this.#tmp(), { recursive: true, mode: 0o700 });
    const isNew = made !== this.#tmp();
    const wasClosed = await rm(this.#cleanMarker()).then(
      () => true,
      () => false,
    );
    return { clean: wasClosed || isNew };
  }

  /** Waits for deletions and marks the folder as one that holds nothing but what rows refer to. */
  async close({ swept }: { swept: boolean }): Promise<void> {
    await this.idle();
    for (const folder of this.#folders.values()) await (await folder).close();
    const isClean = this.#unsettled.size === 0 && this.#doomed.size === 0 && !this.#leftSomething;
    if (swept && isClean) await writeFile(this.#cleanMarker(), '');
  }

  create(): BlobWriter {
    const id = folderOfNow() + randomBytesOf(16).toString('hex');
    this.#unsettled.add(id);
    return new BlobFile({
      id,
      temporary: join(this.#tmp(), id),
      target: this.#path(id),
      syncFolder: this.#fsync ? (folder) => this.#syncFolder(folder) : undefined,
      onSettled: () => void this.#unsettled.delete(id),
    });
  }

  /**
   * The slices as one piece, or undefined where they are too much for memory. Read synchronously: the files are
   * small and nearly always in the system's cache, and changing threads would take ten times as long.
   */
  readNow(slices: readonly BlobSlice[]): Uint8Array | undefined {
    const size = slices.reduce((sum, { start, end }) => sum + end - start, 0);
    if (size > SMALL_BYTES) return undefined;
    const bytes = Buffer.allocUnsafe(size);
    let at = 0;
    for (const slice of slices) at += this.#readSlice(slice, bytes, at);
    return bytes;
  }

  #readSlice({ blob, start, end }: BlobSlice, into: Buffer, at: number): number {
    const file = openSync(this.#path(blob), 'r');
    try {
      for (let done = start; done < end;) {
        const read = readSync(file, into, at + done - start, end - done, done);
        if (read === 0) throw new Error(`the blob ${blob} is shorter than its row says`);
        done += read;
      }
      return end - start;
    } finally {
      closeSync(file);
    }
  }

  /** The slices one after the other; holds every blob from this very call on, until the stream is closed. */
  read(slices: readonly BlobSlice[]): Readable {
    const release = this.#hold(slices);
    const stream = this.#streamOf(slices);
    stream.once('close', release);
    return stream;
  }

  /** The same for a client. Rejects when the bytes are not there. */
  async download(slices: readonly BlobSlice[]): Promise<Download> {
    const release = this.#hold(slices);
    const stretches = slices.map(({ blob, start, end }) => ({ path: this.#path(blob), start, end }));
    const download = new Download(stretches, release);
    try {
      await download.open();
      return download;
    } catch (error) {
      await download.close();
      throw error;
    }
  }

  /** Deletes blobs whose rows are gone. Returns at once; `idle` waits. */
  discard(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.#readers.has(id)) this.#doomed.add(id);
      else this.#delete(id);
    }
  }

  /** Resolves when every deletion asked for so far is done. */
  async idle(): Promise<void> {
    await Promise.all(this.#deletions);
  }

  /** Deletes every blob that `isReferenced` does not know; returns how many, or undefined when it was aborted. */
  async sweep(isReferenced: (id: string) => boolean, signal: AbortSignal): Promise<number | undefined> {
    let deleted = 0;
    for await (const id of this.#ids()) {
      if (signal.aborted) return undefined;
      if (this.#unsettled.has(id) || isReferenced(id)) continue;
      await rm(this.#path(id), { force: true });
      deleted += 1;
    }
    return deleted;
  }

  async *#ids(): AsyncIterable<string> {
    for await (const folder of await opendir(this.#directory)) {
      if (!folder.isDirectory() || folder.name === 'tmp') continue;
      for await (const file of await opendir(join(this.#directory, folder.name))) yield file.name;
    }
  }

  async #syncFolder(path: string): Promise<void> {
    let folder = this.#folders.get(path);
    if (!folder) {
      folder = openFolder(path, this.#directory);
      this.#folders.set(path, folder);
      // It may have been a shortage of handles: the next upload opens it anew.
      folder.catch(() => this.#folders.delete(path));
    }
    await (await folder).sync();
  }

  #streamOf(slices: readonly BlobSlice[]): Readable {
    const only = slices.length === 1 ? slices[0] : undefined;
    return only ? this.#sliceStream(only) : Readable.from(this.#chunks(slices), { objectMode: false });
  }

  async *#chunks(slices: readonly BlobSlice[]): AsyncIterable<Uint8Array> {
    for (const slice of slices) yield* this.#sliceStream(slice);
  }

  #sliceStream({ blob, start, end }: BlobSlice): Readable {
    if (start >= end) return Readable.from([]);
    return createReadStream(this.#path(blob), { start, end: end - 1, highWaterMark: READ_BYTES });
  }

  #hold(slices: readonly BlobSlice[]): () => void {
    const ids = slices.map(({ blob }) => blob);
    for (const id of ids) this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
    return () => this.#release(ids);
  }

  #release(ids: readonly string[]): void {
    for (const id of ids) {
      const readers = (this.#readers.get(id) ?? 1) - 1;
      if (readers > 0) {
        this.#readers.set(id, readers);
        continue;
      }
      this.#readers.delete(id);
      if (this.#doomed.delete(id)) this.#delete(id);
    }
  }

  #delete(id: string): void {
    // A file that cannot be deleted now (an antivirus program holds it) is left to the next start's sweep.
    const path = this.#path(id);
    // Not rm at once: it looks what the path is first, and does so on this thread.
    const deletion = unlink(path)
      .catch(() => rm(path, { force: true, maxRetries: 3 }))
      .catch(() => {
        this.#leftSomething = true;
      });
    this.#deletions.add(deletion);
    void deletion.finally(() => this.#deletions.delete(deletion));
  }

  #cleanMarker(): string {
    return join(this.#directory, 'clean');
  }

  #tmp(): string {
    return join(this.#directory, 'tmp');
  }

  #path(id: string): string {
    return join(this.#directory, id.slice(0, 2), id);
  }
}

/**
 * The folder of what is written now, one of 256: the same for a few seconds, so that files made together are entries
 * of one folder (half the time to make one, and one flush for all), and all of them alike in the long run.
 */
const folderOfNow = (): string => (Math.floor(Date.now() / FOLDER_MS) & 0xff).toString(16).padStart(2, '0');

interface Folder {
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Its handle is kept: there are no more than 256, and opening one costs as much as flushing it. */
async function openFolder(path: string, parent: string): Promise<Folder> {
  const handle = await open(path, 'r');
  try {
    // The folder itself may be new.
    await syncOnce(parent);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { sync: shared(() => handle.sync()), close: () => handle.close() };
}

async function syncOnce(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
