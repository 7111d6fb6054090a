import type { Clock } from '../core/clock.ts';

/** Counts what runs, so that a shutdown can wait for it. */
export class InFlight {
  #count = 0;
  #emptied: (() => void) | undefined;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  track<T>(work: Promise<T>): Promise<T> {
    this.#count += 1;
    const leave = (): void => {
      this.#count -= 1;
      if (this.#count === 0) this.#emptied?.();
    };
    work.then(leave, leave);
    return work;
  }

  /** Resolves when nothing runs any more, at the latest after `limitMs`. */
  async drained(clock: Clock, limitMs: number): Promise<void> {
    if (this.#count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#emptied = resolve;
    const cancel = clock.after(limitMs, resolve);
    await promise;
    cancel();
  }
}
