/**
 * `<dataDir>/artifacts/<id>/`: builds by the hash of their content. A build is written to a folder of its own and
 * renamed, so an id is either absent or complete, whoever is killed when and however many build at once.
 */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FaasError } from '../core/errors.ts';
import { newShortId } from '../core/ids.ts';
import { processLives } from '../core/process-lives.ts';
import { StoredFiles } from './reuse.ts';
import type { CarriedFile } from './scan.ts';
import { identify, writeArtifact } from './write-artifact.ts';

export type ArtifactFile = CarriedFile | { path: string; content: Uint8Array };

export interface StoredArtifact {
  id: string;
  dir: string;
  sizeBytes: number;
  /** It was there already. */
  reused: boolean;
}

const UNFINISHED = /^\.unfinished-(\d+)-/;
const ID = /^[0-9a-f]{12}$/;

export class ArtifactStore {
  readonly #root: string;
  readonly #stored = new StoredFiles();

  constructor(dataDir: string) {
    this.#root = join(dataDir, 'artifacts');
  }

  /** Removes what builds of dead processes left. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#root).catch(() => [])) {
      const pid = UNFINISHED.exec(name)?.[1];
      if (pid !== undefined && !processLives(Number(pid))) await remove(join(this.#root, name));
    }
  }

  async has(id: string): Promise<boolean> {
    return stat(join(this.#root, id)).then(
      () => true,
      () => false,
    );
  }

  dirOf(id: string): string {
    return join(this.#root, id);
  }

  /**
   * @param identity what else tells one revision from another: its entry and export
   * @throws FaasError StoreFailed when the data directory cannot be written
   */
  async put(files: readonly ArtifactFile[], identity: readonly string[]): Promise<StoredArtifact> {
    const unfinished = join(this.#root, `.unfinished-${process.pid}-${newShortId()}`);
    try {
      const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
      const written = await writeArtifact(unfinished, sorted, this.#stored);
      const id = identify(identity, written);
      const dir = this.dirOf(id);
      const reused = (await this.has(id)) || !(await moveInto(unfinished, dir));
      for (const { file, stamp, digest, size } of written) {
        if ('from' in file && stamp)
          this.#stored.keep(file, stamp, { path: join(dir, file.path), digest, size });
      }
      const sizeBytes = written.reduce((sum, { size }) => sum + size, 0);
      return { id, dir, sizeBytes, reused };
    } catch (cause) {
      if (cause instanceof FaasError) throw cause;
      throw new FaasError('StoreFailed', `the artifact could not be written to ${this.#root}`, {
        expected: 'a data directory with room that this user may write',
        got: cause instanceof Error ? cause.message : String(cause),
        remedy: 'free disk space, or choose another folder with --data-dir',
        cause,
      });
    } finally {
      // What cannot be removed now is swept at the next start; the outcome above is what counts.
      await remove(unfinished).catch(() => undefined);
    }
  }

  /** Removes every artifact whose id is not in `keep`. */
  async prune(keep: ReadonlySet<string>): Promise<void> {
    await this.sweep();
    for (const name of await readdir(this.#root).catch(() => [])) {
      if (!ID.test(name) || keep.has(name)) continue;
      // Renamed first: a folder that is half removed must not look like an artifact.
      const doomed = join(this.#root, `.unfinished-${process.pid}-${newShortId()}`);
      await rename(join(this.#root, name), doomed);
      await remove(doomed);
    }
  }
}

/** False when another build of the same content was quicker. */
async function moveInto(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EPERM') return false;
    throw error;
  }
}

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });
