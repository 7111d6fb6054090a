import type { Clock } from '../core/clock.ts';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Doubling pauses after failures in a row. */
export class Backoff {
  readonly #clock: Clock;
  #failures = 0;
  #until = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds of pause that are left; 0 when there is none. */
  get leftMs(): number {
    return Math.max(0, this.#until - this.#clock.now());
  }

  failed(): void {
    this.#until = this.#clock.now() + Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 16));
    this.#failures += 1;
  }

  reset(): void {
    this.#failures = 0;
    this.#until = 0;
  }
}
