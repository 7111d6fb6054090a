/**
 * What a resting instance is up to: freeze after a short quiet time, end after a long one.
 *
 * 1. Timers exist only while it rests. 2. A freeze that is under way when work comes is waited for and undone.
 * 3. A freeze that fails is tried again.
 */
import type { Clock } from '../core/clock.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

export interface RestSettings {
  /** Quiet time until the freeze; null: never. */
  freezeMs: number | null;
  idleTimeoutMs: number;
}

export interface RestEvents {
  /** No process in the sandbox gets CPU any more. */
  froze(): void;
  /** The idle timeout has passed. */
  expired(): void;
}

/** On a busy machine a process may be stuck in the kernel for a while, where nothing can stop it. */
const AGAIN_MS = 1_000;

export class Rest {
  readonly #clock: Clock;
  readonly #sandbox: Sandbox;
  readonly #settings: RestSettings;
  readonly #events: RestEvents;
  #cancelTimers: (() => void)[] = [];
  #freezing: Promise<boolean> | undefined;

  constructor(clock: Clock, sandbox: Sandbox, settings: RestSettings, events: RestEvents) {
    this.#clock = clock;
    this.#sandbox = sandbox;
    this.#settings = settings;
    this.#events = events;
  }

  begin(): void {
    const { freezeMs, idleTimeoutMs } = this.#settings;
    this.#cancelTimers = [this.#clock.after(idleTimeoutMs, () => this.#events.expired())];
    if (freezeMs !== null && freezeMs < idleTimeoutMs) {
      this.#cancelTimers.push(this.#clock.after(freezeMs, () => this.#freeze()));
    }
  }

  /** Ends the rest. A promise when the sandbox has to be thawed first; it rejects when it cannot be. */
  end(): Promise<void> | undefined {
    for (const cancel of this.#cancelTimers.splice(0)) cancel();
    const freezing = this.#freezing;
    if (!freezing) return undefined;
    this.#freezing = undefined;
    return freezing.then((froze) => (froze ? this.#sandbox.thaw() : undefined));
  }

  #freeze(): void {
    const freezing = this.#sandbox.freeze().then(
      () => true,
      // A sandbox that cannot be frozen now stays as it was: that costs CPU, not correctness.
      () => false,
    );
    this.#freezing = freezing;
    void freezing.then((froze) => {
      if (this.#freezing !== freezing) return;
      if (froze) return this.#events.froze();
      this.#freezing = undefined;
      this.#cancelTimers.push(this.#clock.after(AGAIN_MS, () => this.#freeze()));
    });
  }
}
