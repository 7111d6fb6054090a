/** One pool per deployed function; what they share: memory, prewarmed sandboxes, the machine's cores. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { DeployedFunction } from '../core/types.ts';
import type { Instance, InstanceContext } from '../instance/instance.ts';
import { sizeOf } from '../instance/size.ts';
import { Average } from './average.ts';
import { toEvict } from './evict.ts';
import type { StartFailed } from '../instance/start-failed.ts';
import { FunctionPool, type IfItFails } from './function-pool.ts';
import { MemoryBudget } from './memory-budget.ts';
import type { PoolContext } from './pool-context.ts';
import { Prewarm } from './prewarm.ts';

export interface PoolsOptions {
  instances: InstanceContext;
  clock: Clock;
  log: Logger;
  /** Sandboxes booted ahead per size in use. */
  prewarm: number;
  /** Undefined: no limit. */
  memoryBudgetMb: number | undefined;
  /** How many sandboxes the machine starts side by side. */
  parallelStarts: number;
  /** Whether no call runs. */
  isQuiet(): boolean;
  onEnded(instance: Instance): void;
}

/**
 * How many sandboxes of a size to keep booted. Where code is saved again and again, one more than asked for: a save takes
 * one, and the next, by a formatter or an impatient hand, must not wait until there is another.
 */
export const sandboxesAhead = (prewarm: number, incremental: boolean | undefined): number =>
  incremental && prewarm > 0 ? prewarm + 1 : prewarm;

interface Deployed {
  deployed: DeployedFunction;
  pool: FunctionPool;
}

export class Pools {
  readonly #pools = new Map<string, Deployed>();
  /** Pools of removed functions whose last calls still run. */
  readonly #retiring = new Set<FunctionPool>();
  readonly #memory: MemoryBudget;
  readonly #prewarm: Prewarm;
  readonly #bootMs = new Average();
  readonly #context: PoolContext;

  constructor(options: PoolsOptions) {
    const { instances, clock, log, parallelStarts } = options;
    this.#memory = new MemoryBudget(options.memoryBudgetMb ?? Infinity);
    this.#prewarm = new Prewarm({
      driver: instances.driver,
      clock,
      log,
      count: options.prewarm,
      memory: this.#memory,
      sizesInUse: () => this.#sizesInUse(),
      isQuiet: () => options.isQuiet(),
      onBooted: (ms) => this.#bootMs.add(ms),
      onFreed: () => this.#reviewWaiting(),
    });
    this.#context = {
      instances,
      parallelStarts,
      memoryLimitMb: this.#memory.limitMb,
      bootMs: () => this.#bootMs.value,
      takePrewarmed: (size) => this.#prewarm.take(size),
      claimMemory: (memoryMb) => this.#claim(memoryMb),
      returnMemory: (memoryMb) => this.#memory.takeBack(memoryMb),
      onEnded: (instance) => {
        options.onEnded(instance);
        this.#reviewWaiting();
        this.#prewarm.review();
      },
    };
  }

  get(name: string): Deployed | undefined {
    return this.#pools.get(name);
  }

  deployed(): DeployedFunction[] {
    return [...this.#pools.values()].map(({ deployed }) => deployed);
  }

  /** Resolves when every new call goes to `deployed`; with the failure, if what was there before stays. */
  async put(deployed: DeployedFunction, ifItFails?: IfItFails): Promise<StartFailed | undefined> {
    const { name } = deployed.settings;
    const known = this.#pools.get(name);
    const entry = { deployed, pool: known?.pool ?? new FunctionPool(this.#context, deployed) };
    this.#pools.set(name, entry);
    this.#prewarm.review();
    const failure = await known?.pool.replace(deployed, ifItFails);
    if (failure && known && this.#pools.get(name) === entry) this.#pools.set(name, known);
    return failure;
  }

  /** New calls find no function; running ones finish. Resolves when the last sandbox is gone. */
  async remove(name: string): Promise<void> {
    const known = this.#pools.get(name);
    if (!known) return;
    this.#pools.delete(name);
    this.#retiring.add(known.pool);
    this.#prewarm.review();
    await known.pool.retire();
    this.#retiring.delete(known.pool);
  }

  *instances(): Iterable<Instance> {
    for (const { pool } of this.#pools.values()) yield* pool.instances;
    for (const pool of this.#retiring) yield* pool.instances;
  }

  async close(): Promise<void> {
    const pools = [...[...this.#pools.values()].map(({ pool }) => pool), ...this.#retiring];
    await Promise.all([this.#prewarm.close(), ...pools.map((pool) => pool.close('shutdown'))]);
  }

  #sizesInUse() {
    return [...this.#pools.values()].map(({ deployed, pool }) => ({
      size: sizeOf(deployed.settings),
      hasRoom: pool.hasRoom,
    }));
  }

  /** Memory for one more sandbox; when there is none, prewarmed and then idle ones go, and the pools look again. */
  #claim(memoryMb: number): boolean {
    if (this.#memory.fits(memoryMb)) {
      this.#memory.give(memoryMb);
      return true;
    }
    if (this.#prewarm.drop()) return false;
    const missingMb = this.#memory.missingMb(memoryMb) - this.#endingMb();
    if (missingMb > 0) {
      const idle = [...this.#pools.values()].flatMap(({ pool }) => [...pool.evictable()]);
      for (const { instance } of toEvict(idle, missingMb)) void instance.stop('evicted');
    }
    return false;
  }

  /** What comes back soon by itself. */
  #endingMb(): number {
    const ending = [...this.instances()].filter(({ state }) => state.name === 'stopping');
    return ending.reduce((sum, { deployed }) => sum + deployed.settings.memoryMb, 0);
  }

  /** Whoever has waited longest is asked first: no function starves another. */
  #reviewWaiting(): void {
    const waiting = [...this.#pools.values()]
      .map(({ pool }) => pool)
      .filter(({ waitingSince }) => waitingSince !== undefined)
      .toSorted((a, b) => (a.waitingSince ?? 0) - (b.waitingSince ?? 0));
    for (const pool of waiting) pool.review();
  }
}
