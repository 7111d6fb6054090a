/**
 * What /tmp holds, where it is a file system in memory and this sandbox's alone, as in containers: asking the system takes
 * a microsecond. Elsewhere it is a folder, whose files would have to be counted.
 */
import { statfsSync } from 'node:fs';

/** See statfs(2). */
const TMPFS_MAGIC = 0x01_02_19_94;
/** A sandbox that is no container has a folder of its own, which TMPDIR names. */
const IS_CONTAINER = process.env['TMPDIR'] === undefined;

let isOwn = IS_CONTAINER;

/** Kilobytes; null where it cannot be told. */
export function tmpUsedKb(): number | null {
  if (!isOwn) return null;
  try {
    const { type, blocks, bfree, bsize } = statfsSync('/tmp');
    isOwn = type === TMPFS_MAGIC;
    return isOwn ? ((blocks - bfree) * bsize) / 1024 : null;
  } catch {
    isOwn = false;
    return null;
  }
}
