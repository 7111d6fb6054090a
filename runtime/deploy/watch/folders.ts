/**
 * Watches folders, each without what is below it, and tells of everything that happens in them.
 *
 * chokidar knows the file systems and platforms, and polls where it is told to (CHOKIDAR_USEPOLLING). Its `raw`
 * events are used: the others are thinned out to one in 50 ms for each file, and the last save of a burst would be lost.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';

export interface FolderListener {
  /** Something happened to `path`, which is in a watched folder or is one. */
  changed(path: string): void;
  /** From now on nothing in this folder goes unseen. */
  watching(folder: string): void;
  /** The folder cannot be watched: too many watches, no permission. */
  failed(folder: string, error: unknown): void;
}

interface Open {
  watcher: FSWatcher;
  /** A folder that was removed and made again has the same name and is another. */
  inode: bigint;
}

export class WatchedFolders {
  readonly #listener: FolderListener;
  readonly #open = new Map<string, Open>();
  #wanted: ReadonlySet<string> = new Set();
  #looking = false;

  constructor(listener: FolderListener) {
    this.#listener = listener;
  }

  /** Folders that do not exist are watched as soon as they do, if the folder they appear in is. */
  set(wanted: ReadonlySet<string>): void {
    this.#wanted = wanted;
    this.#look();
  }

  async close(): Promise<void> {
    this.#wanted = new Set();
    await Promise.all([...this.#open.values()].map(({ watcher }) => watcher.close()));
    this.#open.clear();
  }

  #look(): void {
    for (const folder of this.#open.keys()) if (!this.#wanted.has(folder)) this.#shut(folder);
    for (const folder of this.#wanted) {
      const inode = inodeOf(folder);
      if (this.#open.get(folder)?.inode === inode) continue;
      this.#shut(folder);
      if (inode !== undefined) this.#watch(folder, inode);
    }
  }

  #watch(folder: string, inode: bigint): void {
    const watcher = watch(folder, {
      ignoreInitial: true,
      atomic: false,
      depth: 0,
      // A folder's own watch tells of its files too; only polling has to look at each.
      ...(isPolling() ? {} : { ignored: (path) => path !== folder }),
    });
    this.#open.set(folder, { watcher, inode });
    watcher.on('raw', (event, path) => this.#heard(folder, event, path));
    watcher.on('ready', () => this.#listener.watching(folder));
    watcher.on('error', (error) => this.#listener.failed(folder, error));
  }

  #heard(folder: string, event: string, path: string | null): void {
    if (event === 'rename') this.#lookSoon();
    // Polling gives the whole path, the others the name in the folder; some platforms give none.
    this.#listener.changed(path === null ? folder : path.startsWith(folder) ? path : join(folder, path));
  }

  /** Once for all the renames that one removal or checkout causes. */
  #lookSoon(): void {
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(() => {
      this.#looking = false;
      this.#look();
    });
  }

  #shut(folder: string): void {
    void this.#open.get(folder)?.watcher.close();
    this.#open.delete(folder);
  }
}

function inodeOf(folder: string): bigint | undefined {
  try {
    const stats = statSync(folder, { bigint: true });
    return stats.isDirectory() ? stats.ino : undefined;
  } catch {
    return undefined;
  }
}

/** chokidar's own reading of the variable. */
const isPolling = (): boolean => !['', '0', 'false'].includes(process.env['CHOKIDAR_USEPOLLING'] ?? '');
