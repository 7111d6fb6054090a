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
  /** What booting one took, in milliseconds. */
  onBooted(ms: number): void;
  /** Memory came back. */
  onFreed(): void;
}

const QUIET_MS = 20;
const LONGEST_WAIT_MS = 100;
const RETRY_MEMORY_MS = 1000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/** Whoever takes one that is on its way learns of its failure, and gives its memory back. */
export interface Prewarmed {
  id: string;
  sandbox: Sandbox | Promise<Sandbox>;
}

interface UnderWay {
  id: string;
  size: SandboxSize;
  booted: Promise<Sandbox>;
  isTaken: boolean;
}

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
  #underWay: UnderWay | undefined;
  #cancelTimer: (() => void) | undefined;
  /** Since when something has been missing. */
  #missingSince: number | undefined;
  #failures = 0;
  /** Of a runtime that has just started, the first call is waited for: it gets the first sandbox as soon as can be. */
  #hasBegun = false;

  constructor(context: PrewarmContext) {
    this.#context = context;
  }

  /** A sandbox of this size, the caller's from now on: booted, or on its way; undefined when there is none. */
  take(size: SandboxSize): Prewarmed | undefined {
    const shelf = this.#shelves.get(keyOf(size));
    if (!shelf) return undefined;
    const [sandbox] = shelf.ready;
    if (!sandbox) return this.#takeUnderWay(shelf.size);
    shelf.ready.delete(sandbox);
    this.review();
    return { id: sandbox.id, sandbox };
  }

  /** What is being booted anyway is there sooner than one that begins now. */
  #takeUnderWay(size: SandboxSize): Prewarmed | undefined {
    const underWay = this.#underWay;
    if (!underWay || underWay.isTaken || keyOf(underWay.size) !== keyOf(size)) return undefined;
    underWay.isTaken = true;
    return { id: underWay.id, sandbox: underWay.booted };
  }

  /** To be called when sizes, rooms or calls have changed; cheap, and the work is done later. */
  review(): void {
    if (this.#closed || this.#context.count === 0 || this.#cancelTimer || this.#filling) return;
    this.#wait(this.#hasBegun ? QUIET_MS : 0);
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
    const { clock, log, memory } = this.#context;
    if (!memory.fits(size.memoryMb)) return RETRY_MEMORY_MS;
    memory.give(size.memoryMb);
    this.#hasBegun = true;
    const id = newShortId();
    const begunAt = clock.now();
    const underWay = { id, size, booted: this.#boot(id, size), isTaken: false };
    this.#underWay = underWay;
    try {
      const sandbox = await underWay.booted;
      this.#failures = 0;
      this.#context.onBooted(clock.now() - begunAt);
      if (!underWay.isTaken) {
        sandbox.channel.send({ type: 'rehearse' });
        this.#shelve(sandbox, size, ready);
      }
      return QUIET_MS;
    } catch (error) {
      if (!underWay.isTaken) memory.takeBack(size.memoryMb);
      log.debug(`no sandbox could be prewarmed: ${toFaasError(error).message}`);
      return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
    } finally {
      this.#underWay = undefined;
    }
  }

  async #boot(id: string, size: SandboxSize): Promise<Sandbox> {
    const sandbox = await this.#context.driver.create({ id, ...size, bootEnv: {}, functionName: '' });
    try {
      await sandbox.ready;
      return sandbox;
    } catch (error) {
      await sandbox.kill();
      throw error;
    }
  }

  #shelve(sandbox: Sandbox, size: SandboxSize, ready: Set<Sandbox>): void {
    ready.add(sandbox);
    void sandbox.exited.then(() => {
      // It is dead on the shelf, or was taken: then it is not here any more.
      if (!ready.delete(sandbox)) return;
      this.#context.memory.takeBack(size.memoryMb);
      void sandbox.kill();
      this.#context.onFreed();
      this.review();
    });
  }
}
