/**
 * What the last build of each source depended on, so that deploying an unchanged function costs a few stats and no
 * build. Kept in `<dataDir>/artifacts/index/`; only a cache: deleting it costs one build.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newShortId } from '../core/ids.ts';
import type { Revision } from '../core/types.ts';
import type { Made } from './make-revision.ts';
import { areUnchanged, type Stamps } from './stamps.ts';

/** Raised whenever the same sources would now build otherwise. */
const BUILD_VERSION = 1;

interface Remembered {
  revision: Omit<Revision, 'functionName' | 'artifactDir'>;
  notes: string[];
  stamps: Stamps['stamps'];
}

export class BuildMemory {
  readonly #root: string;

  constructor(dataDir: string) {
    this.#root = join(dataDir, 'artifacts', 'index');
  }

  /** The last build of `key`, or undefined when anything it depended on is different now. */
  async recall(key: readonly unknown[]): Promise<Remembered | undefined> {
    const text = await readFile(this.#file(key), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const remembered = JSON.parse(text) as Remembered; // written below, whole or not at all
      return areUnchanged(remembered.stamps) ? remembered : undefined;
    } catch {
      return undefined;
    }
  }

  /** @param stamps as `stampAll` gave them; those of a build that is not settled must not be passed */
  async remember(key: readonly unknown[], made: Made, stamps: Stamps): Promise<void> {
    const { functionName: _, artifactDir: __, ...revision } = made.revision;
    const remembered: Remembered = { revision, notes: made.notes, stamps: stamps.stamps };
    const unfinished = join(this.#root, `.unfinished-${process.pid}-${newShortId()}`);
    await mkdir(this.#root, { recursive: true });
    await writeFile(unfinished, JSON.stringify(remembered));
    await rename(unfinished, this.#file(key));
  }

  /** Forgets builds whose artifact is gone. */
  async prune(exists: (id: string) => Promise<boolean>): Promise<void> {
    for (const name of await readdir(this.#root).catch(() => [])) {
      const path = join(this.#root, name);
      const text = await readFile(path, 'utf8').catch(() => '');
      const id = /^\{"revision":\{"id":"([0-9a-f]{12})"/.exec(text)?.[1];
      if (id === undefined || !(await exists(id))) await rm(path, { force: true });
    }
  }

  #file(key: readonly unknown[]): string {
    const hash = createHash('sha256').update(JSON.stringify([BUILD_VERSION, ...key]));
    return join(this.#root, `${hash.digest('hex').slice(0, 24)}.json`);
  }
}
