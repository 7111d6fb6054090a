/** What tells that a file or folder is still the one that was read, for the price of a stat. */
import { statSync, type BigIntStats } from 'node:fs';

/** Two writes closer together than this may leave the same time on a file. */
const CLOCK_GRAIN_MS = 20;
/** Of file systems that keep whole seconds. */
const COARSE_GRAIN_MS = 2000;

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

export const areUnchanged = (stamps: Stamps['stamps']): boolean =>
  stamps.every(([path, stamp]) => stampOf(path).stamp === stamp);

function stampOf(path: string): { stamp: string; newestMs: number; grainMs: number } {
  const stats = statOf(path);
  if (!stats) return { stamp: 'absent', newestMs: 0, grainMs: 0 };
  const { ino, size, mtimeNs, ctimeNs } = stats;
  return {
    stamp: [ino, size, mtimeNs, ctimeNs].join(':'),
    // The time of the last change is the kernel's; that of the last modification may be set to anything.
    newestMs: Number(ctimeNs / 1_000_000n),
    grainMs: ctimeNs % 1_000_000_000n === 0n ? COARSE_GRAIN_MS : CLOCK_GRAIN_MS,
  };
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

export const isFile = (path: string): boolean => statOf(path)?.isFile() ?? false;
