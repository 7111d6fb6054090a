/**
 * Sandboxes booted ahead, a few of each size in use.
 *
 * 1. A sandbox is taken once, and is then an instance's.
 * 2. Filling waits for a quiet moment, and does not wait for ever: calls that run come first, but a busy
 *    runtime gets its sandboxes back too.
 * 3. Sandboxes of a size that no function has any more end. None is booted while no function could use it.
 */
import type { Clock } from '../core/clock.ts';
import { toFaasError } from '../core/errors.ts';
import { newShortId } from '../core/ids.ts';
import type { Logger } from '../core/log.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { SandboxSize } from '../instance/size.ts';
import type { Driver, Sandbox } from '../sandbox/sandbox.ts';

export interface PrewarmContext {
  driver: Driver;
  clock: Clock;
  log: Logger;
  /** Sandboxes to keep of each size; 0 switches prewarming off. */
  count: number;
  memory: MemoryBudget;
  /** The sizes of the deployed functions; `hasRoom`: one of them could still start a sandbox. */
  sizesInUse(): { size: SandboxSize; hasRoom: boolean }[];
  /** True when nothing runs that filling would slow down. */
  isQuiet(): boolean;
  /** Memory came back. */
  onFreed(): void;
}

const QUIET_MS = 20;
const LONGEST_WAIT_MS = 1000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

interface Shelf {
  size: SandboxSize;
  hasRoom: boolean;
  ready: Set<Sandbox>;
}

const keyOf = ({ memoryMb, tmpMb, cpus }: SandboxSize): string => `${memoryMb}/${tmpMb}/${cpus}`;

export class Prewarm {
  readonly #context: PrewarmContext;
  readonly #shelves = new Map<string, Shelf>();
  #closed = false;
  #filling: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  /** Since when something has been missing. */
  #missingSince: number | undefined;
  #failures = 0;

  constructor(context: PrewarmContext) {
    this.#context = context;
  }

  /** A booted sandbox of this size, the caller's from now on; undefined when there is none. */
  take(size: SandboxSize): Sandbox | undefined {
    const shelf = this.#shelves.get(keyOf(size));
    const [sandbox] = shelf?.ready ?? [];
    if (!shelf || !sandbox) return undefined;
    shelf.ready.delete(sandbox);
    this.review();
    return sandbox;
  }

  /** To be called when sizes, rooms or calls have changed; cheap, and the work is done later. */
  review(): void {
    if (this.#closed || this.#context.count === 0 || this.#cancelTimer || this.#filling) return;
    this.#wait(QUIET_MS);
  }

  /** Ends all that is kept, for memory that a call needs. False when there is nothing. */
  drop(): boolean {
    const all = [...this.#shelves.values()].flatMap(({ ready }) => [...ready]);
    for (const sandbox of all) void sandbox.kill();
    return all.length > 0;
  }

  /** Resolves when every sandbox kept here is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#filling;
    await Promise.all(
      [...this.#shelves.values()].flatMap(({ ready }) => [...ready].map((sandbox) => sandbox.kill())),
    );
  }

  #wait(ms: number): void {
    this.#cancelTimer = this.#context.clock.after(ms, () => {
      this.#cancelTimer = undefined;
      this.#look();
    });
  }

  #look(): void {
    const { clock } = this.#context;
    const shelves = this.#shelvesInUse();
    this.#clear(shelves);
    const missing = shelves.find(({ ready, hasRoom }) => hasRoom && ready.size < this.#context.count);
    if (!missing) {
      this.#missingSince = undefined;
      return;
    }
    this.#missingSince ??= clock.now();
    const waited = clock.now() - this.#missingSince;
    if (!this.#context.isQuiet() && waited < LONGEST_WAIT_MS) return this.#wait(QUIET_MS);
    this.#filling = this.#fill(missing).then((nextInMs) => {
      this.#filling = undefined;
      if (!this.#closed) this.#wait(nextInMs);
    });
  }

  #shelvesInUse(): Shelf[] {
    return this.#context.sizesInUse().map(({ size, hasRoom }) => {
      const shelf = { size, hasRoom, ready: this.#shelves.get(keyOf(size))?.ready ?? new Set<Sandbox>() };
      this.#shelves.set(keyOf(size), shelf);
      return shelf;
    });
  }

  /** Ends what is of no use any more. */
  #clear(inUse: Shelf[]): void {
    for (const [key, shelf] of this.#shelves) {
      if (inUse.includes(shelf)) continue;
      this.#shelves.delete(key);
      for (const sandbox of shelf.ready) void sandbox.kill();
    }
  }

  /** Boots one sandbox; returns after how long to look again. */
  async #fill({ size, ready }: Shelf): Promise<number> {
    const { driver, log, memory } = this.#context;
    if (!memory.fits(size.memoryMb)) return LONGEST_WAIT_MS;
    memory.give(size.memoryMb);
    try {
      const sandbox = await driver.create({ id: newShortId(), ...size, bootEnv: {}, functionName: '' });
      await sandbox.ready.catch(async (error: unknown) => {
        await sandbox.kill();
        throw error;
      });
      this.#failures = 0;
      ready.add(sandbox);
      void sandbox.exited.then(() => {
        // It is dead on the shelf, or was taken: then it is not here any more.
        if (!ready.delete(sandbox)) return;
        memory.takeBack(size.memoryMb);
        void sandbox.kill();
        this.#context.onFreed();
        this.review();
      });
      return QUIET_MS;
    } catch (error) {
      memory.takeBack(size.memoryMb);
      log.debug(`no sandbox could be prewarmed: ${toFaasError(error).message}`);
      return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
    }
  }
}
