/**
 * What the last build of each source depended on, so that deploying an unchanged function costs a few stats and no
 * build. Kept in `<dataDir>/artifacts/index/`; only a cache: deleting it costs one build.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newShortId } from '../core/ids.ts';
import type { Revision } from '../core/types.ts';
import type { Made } from './make-revision.ts';

/** Raised whenever the same sources would now build otherwise. */
const BUILD_VERSION = 1;

/** Two writes closer together than this may leave the same time on a file. */
const CLOCK_GRAIN_MS = 20;
/** Of file systems that keep whole seconds. */
const COARSE_GRAIN_MS = 2000;

interface Remembered {
  revision: Omit<Revision, 'functionName' | 'artifactDir'>;
  notes: string[];
  stamps: [path: string, stamp: string][];
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
      const same = remembered.stamps.every(([path, stamp]) => stampOf(path).stamp === stamp);
      return same ? remembered : undefined;
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

export interface Stamps {
  stamps: [path: string, stamp: string][];
  /** Something changed at or after `since`: what was built may be a mixture. */
  changed: boolean;
  /** Everything was quiet long enough before `since` for the stamps to tell the next change. */
  settled: boolean;
}

export function stampAll(paths: readonly string[], since: number): Stamps {
  const all = paths.map((path) => ({ path, ...stampOf(path) }));
  return {
    stamps: all.map(({ path, stamp }) => [path, stamp]),
    changed: all.some(({ newestMs }) => newestMs >= since),
    settled: all.every(({ newestMs, grainMs }) => newestMs < since - grainMs),
  };
}

function stampOf(path: string): { stamp: string; newestMs: number; grainMs: number } {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!stats) return { stamp: 'absent', newestMs: 0, grainMs: 0 };
  const { ino, size, mtimeNs, ctimeNs } = stats;
  const newest = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  const coarse = mtimeNs % 1_000_000_000n === 0n && ctimeNs % 1_000_000_000n === 0n;
  return {
    stamp: [ino, size, mtimeNs, ctimeNs].join(':'),
    newestMs: Number(newest / 1_000_000n),
    grainMs: coarse ? COARSE_GRAIN_MS : CLOCK_GRAIN_MS,
  };
}
