/**
 * `<dataDir>/artifacts/<id>/`: builds by the hash of their content. A build is written to a folder of its own and
 * renamed, so an id is either absent or complete, whoever is killed when and however many build at once.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FaasError } from '../core/errors.ts';
import { newShortId } from '../core/ids.ts';
import type { CarriedFile } from './scan.ts';

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

  constructor(dataDir: string) {
    this.#root = join(dataDir, 'artifacts');
  }

  /** Removes what builds of dead processes left. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#root).catch(() => [])) {
      const pid = UNFINISHED.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) await remove(join(this.#root, name));
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
      const { id, sizeBytes } = await write(unfinished, sorted, identity);
      const dir = this.dirOf(id);
      const reused = (await this.has(id)) || !(await moveInto(unfinished, dir));
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

async function write(
  root: string,
  files: readonly ArtifactFile[],
  identity: readonly string[],
): Promise<{ id: string; sizeBytes: number }> {
  const hash = createHash('sha256').update(`${JSON.stringify(identity)}\n`);
  const folders = new Set<string>();
  let sizeBytes = 0;
  await mkdir(root, { recursive: true });
  for (const file of files) {
    const to = join(root, file.path);
    await makeFolders(root, dirname(file.path), folders);
    const executable = 'from' in file && file.executable;
    if ('content' in file) await writeFile(to, file.content);
    else await copyFile(file.from, to, constants.COPYFILE_FICLONE);
    await chmod(to, executable ? 0o555 : 0o444);
    // The copy is what is hashed: the id is true even if the source changed meanwhile.
    const { digest, size } = await digestOf(to);
    hash.update(`${JSON.stringify([file.path, executable ? 'x' : '-', size, digest])}\n`);
    sizeBytes += size;
  }
  await chmod(root, 0o755);
  return { id: hash.digest('hex').slice(0, 12), sizeBytes };
}

/** Readable by the sandbox's user whatever the umask is. */
async function makeFolders(root: string, folder: string, made: Set<string>): Promise<void> {
  if (folder === '.' || made.has(folder)) return;
  await makeFolders(root, dirname(folder), made);
  await mkdir(join(root, folder), { recursive: true });
  await chmod(join(root, folder), 0o755);
  made.add(folder);
}

async function digestOf(path: string): Promise<{ digest: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
    }
  });
  return { digest: hash.digest('hex'), size };
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
