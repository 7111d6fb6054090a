/**
 * When to build after saves.
 *
 * 1. A burst of saves builds once: after a quiet moment, the longer the burst the longer the moment, but not for ever.
 * 2. One build at a time. Saves during it cause exactly one more.
 * 3. A file that is empty or gone for a moment, because its editor is about to write it, is waited for.
 */
import type { Clock } from '../../core/clock.ts';

export interface RebuildWork {
  /** Paths that changed. */
  files: string[];
  /** Of the first save that this build is for, epoch milliseconds. */
  savedAt: number;
}

export interface RebuildLoopOptions {
  clock: Clock;
  /** Whether one of the files looks as if it is being written. */
  isHalfWritten: (files: Iterable<string>) => boolean;
  /** Never rejects. */
  build: (work: RebuildWork) => Promise<void>;
}

/** Editors and formatters write a file in one or two goes, some milliseconds apart. */
const QUIET_MS = 10;
const LONGEST_QUIET_MS = 250;
/** Something that never stops writing must not stop the builds. */
const LONGEST_BURST_MS = 2000;
/** How long a file may be empty or gone before it is believed. */
const HALF_WRITTEN_MS = 100;

interface Burst {
  files: Set<string>;
  firstAt: number;
  lastAt: number;
}

export class RebuildLoop {
  readonly #options: RebuildLoopOptions;
  #burst: Burst | undefined;
  #building: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(options: RebuildLoopOptions) {
    this.#options = options;
  }

  get isBuilding(): boolean {
    return this.#building !== undefined;
  }

  /** Something that the last build depended on has changed. */
  changed(file: string): void {
    if (this.#closed) return;
    const now = this.#options.clock.now();
    this.#burst ??= { files: new Set(), firstAt: now, lastAt: now };
    this.#burst.files.add(file);
    this.#burst.lastAt = now;
    if (!this.#building) this.#wait(quietMs(now - this.#burst.firstAt));
  }

  /** Asked during a build, after it has failed: whether another save, now or in a moment, leads to the next. */
  async isOvertaken(): Promise<boolean> {
    if (!this.#burst) {
      await new Promise((over) => this.#options.clock.after(QUIET_MS, () => setImmediate(over)));
    }
    return this.#burst !== undefined;
  }

  /** Resolves when no build is under way; none begins any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#building;
  }

  #wait(ms: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.clock.after(ms, () => {
      // On a busy machine the time may be over before Node has read what the system has to tell.
      const immediate = setImmediate(() => this.#look());
      this.#cancelTimer = () => clearImmediate(immediate);
    });
  }

  #look(): void {
    const burst = this.#burst;
    if (!burst || this.#building) return;
    const { clock, isHalfWritten, build } = this.#options;
    if (clock.now() - burst.lastAt < HALF_WRITTEN_MS && isHalfWritten(burst.files)) {
      return this.#wait(QUIET_MS);
    }
    this.#burst = undefined;
    this.#building = build({ files: [...burst.files], savedAt: burst.firstAt }).then(() => {
      this.#building = undefined;
      if (this.#burst && !this.#closed) this.#wait(QUIET_MS);
    });
  }
}

/** How long it must have been quiet, after a burst of `burstMs`. */
export const quietMs = (burstMs: number): number =>
  Math.max(0, Math.min(LONGEST_QUIET_MS, Math.max(QUIET_MS, burstMs / 2), LONGEST_BURST_MS - burstMs));
