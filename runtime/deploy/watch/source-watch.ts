/** Watches what builds depend on, and says whose build is out of date. */
import type { Dependencies } from '../dependencies.ts';
import { WatchedFolders } from './folders.ts';
import { Subject } from './subject.ts';

export interface SourceWatchOptions {
  /** The project's folder. */
  root: string;
  /** Something that the build called `name` depends on has changed. */
  onChange(name: string, path: string): void;
  onError(message: string): void;
}

export class SourceWatch {
  readonly #options: SourceWatchOptions;
  readonly #subjects = new Map<string, Subject>();
  readonly #folders: WatchedFolders;
  #complained = false;
  #closed = false;

  constructor(options: SourceWatchOptions) {
    this.#options = options;
    this.#folders = new WatchedFolders({
      changed: (path) => this.#changed(path),
      watching: (folder) => this.#catchUp(folder),
      failed: (folder, error) => this.#complain(folder, error),
    });
  }

  /** From now on `name` depends on this. Means nothing after `close`: a build that was under way may end later. */
  put(name: string, dependencies: Dependencies): void {
    if (this.#closed) return;
    const subject = new Subject(dependencies, this.#options.root);
    this.#subjects.set(name, subject);
    this.#review();
    // Since it was built its former dependencies were watched, not these.
    for (const path of subject.missed()) this.#options.onChange(name, path);
  }

  remove(name: string): void {
    if (this.#subjects.delete(name)) this.#review();
  }

  isHalfWritten(name: string, paths: Iterable<string>): boolean {
    const subject = this.#subjects.get(name);
    return subject !== undefined && [...paths].some((path) => subject.isHalfWritten(path));
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#subjects.clear();
    return this.#folders.close();
  }

  #review(): void {
    this.#folders.set(new Set([...this.#subjects.values()].flatMap(({ folders }) => [...folders])));
  }

  #changed(path: string): void {
    for (const [name, subject] of this.#subjects) {
      if (subject.concerns(path)) this.#options.onChange(name, path);
    }
  }

  /** Between a build and the first watch of a folder nobody looked. */
  #catchUp(folder: string): void {
    for (const [name, subject] of this.#subjects) {
      for (const path of subject.missed(folder)) this.#options.onChange(name, path);
    }
  }

  #complain(folder: string, error: unknown): void {
    if (this.#complained) return;
    this.#complained = true;
    const reason = error instanceof Error ? error.message : String(error);
    const isFull = /ENOSPC|EMFILE/.test(reason);
    const remedy = isFull
      ? 'raise the limit: sudo sysctl fs.inotify.max_user_watches=524288'
      : 'CHOKIDAR_USEPOLLING=1 polls instead';
    this.#options.onError(`${folder} cannot be watched, saves in it go unseen: ${reason}; ${remedy}`);
  }
}
