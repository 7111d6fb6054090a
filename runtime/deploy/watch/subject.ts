/** What one build depends on, and whether something that happened on the disk can change its outcome. */
import { statSync } from 'node:fs';
import { basename, dirname, relative, sep } from 'node:path';
import type { Dependencies } from '../dependencies.ts';
import { createIgnoreRules, loadIgnoreRules, type IgnoreRules } from '../ignore.ts';
import { areUnchanged } from '../stamps.ts';

export class Subject {
  /** To be watched; some may not exist yet. */
  readonly folders: ReadonlySet<string>;
  readonly #source: string;
  readonly #settled: boolean;
  readonly #stamps: ReadonlyMap<string, string>;
  readonly #rules: IgnoreRules;

  /** @param root the project: what may appear above it is not looked for */
  constructor({ source, stamps, settled }: Dependencies, root: string) {
    this.#source = source;
    this.#settled = settled;
    this.#stamps = new Map(stamps);
    this.#rules = isFolder(source) ? loadIgnoreRules(source) : createIgnoreRules({});
    this.folders = foldersOf(this.#stamps, source, root);
  }

  /** Whether what happened at `path` is reason to build again. */
  concerns(path: string): boolean {
    if (this.#stamps.has(path)) return this.#mayHaveChanged(path);
    const folder = dirname(path);
    // Something new beside what the build has read, or something it has no use for.
    if (this.#stamps.has(folder) && !this.#isIgnored(path, folder)) return this.#mayHaveChanged(folder);
    return this.#below(path).some((known) => this.#mayHaveChanged(known));
  }

  /** What changed while nobody looked; `folder`: only there. */
  missed(folder?: string): string[] {
    const isThere = (path: string): boolean =>
      folder === undefined || path === folder || dirname(path) === folder;
    return [...this.#stamps.keys()].filter((path) => isThere(path) && !this.#isUnchanged(path));
  }

  /** One that is empty or gone and was not: somebody is about to write it. */
  isHalfWritten(path: string): boolean {
    const before = this.#stamps.get(path);
    if (before === undefined || before === 'absent') return isEmptyFile(path);
    return isEmptyFile(path) || !exists(path);
  }

  #mayHaveChanged(path: string): boolean {
    // Of a change that came right after another the stamps may tell nothing.
    return !this.#settled || !this.#isUnchanged(path);
  }

  #isUnchanged(path: string): boolean {
    const stamp = this.#stamps.get(path);
    return stamp === undefined || areUnchanged([[path, stamp]]);
  }

  #isIgnored(path: string, folder: string): boolean {
    // Never carried as it is, yet a package that appears changes what an import means.
    if (basename(folder) === 'node_modules') return false;
    return path.startsWith(this.#source + sep)
      ? this.#rules.judge(relative(this.#source, path).replaceAll(sep, '/')) === 'ignore'
      : !looksLikeSource(path);
  }

  /** A folder was moved, removed or made with everything in it. */
  #below(path: string): string[] {
    const inside = path + sep;
    return [...this.#stamps.keys()].filter((known) => known.startsWith(inside));
  }
}

function foldersOf(stamps: ReadonlyMap<string, string>, source: string, root: string): Set<string> {
  const folders = new Set<string>([source]);
  for (const [path, stamp] of stamps) {
    const folder = dirname(path);
    if (stamp !== 'absent' || isWithin(folder, root)) folders.add(folder);
    if (stamp !== 'absent' && isFolder(path)) folders.add(path);
  }
  // A folder that comes back, or comes in another's place, is seen from above.
  for (let folder = source; isWithin(dirname(folder), root); folder = dirname(folder)) {
    folders.add(dirname(folder));
  }
  return folders;
}

const isWithin = (path: string, root: string): boolean => path === root || path.startsWith(root + sep);

/** Outside of the function folder everything else is none of its business. */
const looksLikeSource = (path: string): boolean => /(?:^|[/\\])[^.][^/\\]*$/.test(path);

const statsOf = (path: string) => statSync(path, { throwIfNoEntry: false });
const exists = (path: string): boolean => statsOf(path) !== undefined;
const isFolder = (path: string): boolean => statsOf(path)?.isDirectory() ?? false;

function isEmptyFile(path: string): boolean {
  const stats = statsOf(path);
  return stats?.isFile() === true && stats.size === 0;
}
