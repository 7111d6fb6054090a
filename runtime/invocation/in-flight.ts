import type { Clock } from '../core/clock.ts';

/** Counts what runs, so that a shutdown can wait for it. */
export class InFlight {
  #count = 0;
  /** Set while a shutdown waits. */
  #drained: PromiseWithResolvers<void> | undefined;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  track<T>(work: Promise<T>): Promise<T> {
    this.#count += 1;
    const leave = (): void => {
      this.#count -= 1;
      if (this.isEmpty) this.#drained?.resolve();
    };
    work.then(leave, leave);
    return work;
  }

  /** Resolves when nothing runs any more, at the latest after `limitMs`; a second call may shorten the first. */
  drained(clock: Clock, limitMs: number): Promise<void> {
    const drained = (this.#drained ??= Promise.withResolvers<void>());
    if (this.isEmpty || limitMs <= 0) drained.resolve();
    const cancel = clock.after(limitMs, () => drained.resolve());
    return drained.promise.finally(cancel);
  }
}
