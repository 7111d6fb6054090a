import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK_BYTES = 512;

/** What the files below a folder take on disk, in MB; null when the folder cannot be read. */
export async function diskUsageMb(folder: string): Promise<number | null> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    let bytes = 0;
    for (const entry of entries) {
      // Files may go while we look.
      const { blocks } = await lstat(join(entry.parentPath, entry.name)).catch(() => ({ blocks: 0 }));
      bytes += blocks * BLOCK_BYTES;
    }
    return Math.round((bytes / (1024 * 1024)) * 10) / 10;
  } catch {
    return null;
  }
}
