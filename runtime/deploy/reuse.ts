/**
 * Most of an artifact is the same as in the one before: packages, data. What is known to be unchanged is linked from
 * there instead of being copied and hashed again. Artifacts are never written to, so sharing is safe.
 */
import { stampAll } from './stamps.ts';
import type { CarriedFile } from './scan.ts';

export interface StoredFile {
  /** Absolute, in an artifact. */
  path: string;
  digest: string;
  size: number;
}

interface Known extends StoredFile {
  /** Of the file it was copied from. */
  stamp: string;
}

export class StoredFiles {
  readonly #known = new Map<string, Known & { executable: boolean }>();

  /** Where the content of `file` is stored already; undefined when that is not certain. */
  find(file: CarriedFile): Known | undefined {
    const known = this.#known.get(file.from);
    return known?.executable === file.executable && known.stamp === this.stamp(file)?.stamp
      ? known
      : undefined;
  }

  /** What tells later that `file` is still what it is now; to be taken before it is read. */
  stamp({ from }: CarriedFile): { stamp: string; settled: boolean } | undefined {
    const { stamps, settled } = stampAll([from], Date.now());
    const [first] = stamps;
    return first && { stamp: first[1], settled };
  }

  keep(file: CarriedFile, stamp: string, stored: StoredFile): void {
    this.#known.set(file.from, { ...stored, stamp, executable: file.executable });
  }
}
