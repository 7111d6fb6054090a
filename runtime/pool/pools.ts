/** One pool per deployed function. */
import type { DeployedFunction } from '../core/types.ts';
import type { Instance, InstanceContext } from '../instance/instance.ts';
import { FunctionPool } from './function-pool.ts';

export class Pools {
  readonly #context: InstanceContext;
  readonly #onEnded: (instance: Instance) => void;
  readonly #pools = new Map<string, { deployed: DeployedFunction; pool: FunctionPool }>();
  /** Pools of removed functions whose last calls still run. */
  readonly #retiring = new Set<FunctionPool>();

  constructor(context: InstanceContext, onEnded: (instance: Instance) => void) {
    this.#context = context;
    this.#onEnded = onEnded;
  }

  get(name: string): { deployed: DeployedFunction; pool: FunctionPool } | undefined {
    return this.#pools.get(name);
  }

  deployed(): DeployedFunction[] {
    return [...this.#pools.values()].map(({ deployed }) => deployed);
  }

  /** New calls go to `deployed` from here on. */
  put(deployed: DeployedFunction): void {
    const { name } = deployed.settings;
    const known = this.#pools.get(name);
    known?.pool.replace(deployed);
    this.#pools.set(name, {
      deployed,
      pool: known?.pool ?? new FunctionPool(this.#context, deployed, this.#onEnded),
    });
  }

  /** New calls find no function; running ones finish. Resolves when the last sandbox is gone. */
  async remove(name: string): Promise<void> {
    const known = this.#pools.get(name);
    if (!known) return;
    this.#pools.delete(name);
    this.#retiring.add(known.pool);
    await known.pool.retire();
    this.#retiring.delete(known.pool);
  }

  *instances(): Iterable<Instance> {
    for (const { pool } of this.#pools.values()) yield* pool.instances;
    for (const pool of this.#retiring) yield* pool.instances;
  }

  async close(): Promise<void> {
    const pools = [...[...this.#pools.values()].map(({ pool }) => pool), ...this.#retiring];
    await Promise.all(pools.map((pool) => pool.close('shutdown')));
  }
}
