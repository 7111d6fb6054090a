/** Who waits for the event loop to run empty: calls whose answer cannot come any more, or comes only then. */
const waiting = new Set<LoopWatch>();

/** One call's wish to hear of it. */
export class LoopWatch {
  #then: (() => void) | undefined;

  /** Calls `then`, and only the latest one given, when the event loop has nothing left to do. */
  onDrained(then: () => void): void {
    this.#then = then;
    waiting.add(this);
  }

  forget(): void {
    this.#then = undefined;
    waiting.delete(this);
  }

  fire(): void {
    const then = this.#then;
    this.forget();
    then?.();
  }
}

// Several calls may run in one process: an empty loop is empty for all of them.
process.on('beforeExit', () => {
  for (const watch of waiting) watch.fire();
});
