/** Watches for the end of one container and says how it came about, once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import type { SandboxExit } from '../sandbox.ts';
import type { EngineEvent } from './engine-events.ts';
import { exitOf, SIGKILL_CODE } from './exit.ts';

interface Sources {
  /** The engine's own note in the container's state; asked only when the events leave a doubt. */
  inspectOom: () => Promise<boolean>;
  /** Resolves when all output was read: the last line may tell why. */
  outputEnded: Promise<void>;
}

/** The engine reports `oom` and `die` from two sources; they arrive close together, in either order. */
const OOM_WINDOW_NANO = 2_000_000_000n;
const LATE_EVENT_MS = 250;
const LAST_OUTPUT_MS = 250;

export class Ending {
  readonly exited: Promise<SandboxExit>;
  /** This runtime asked for the end. */
  requested = false;
  /** V8 reported on stderr that its heap is full. */
  heapExhausted = false;
  readonly #sources: Sources;
  readonly #exited = Promise.withResolvers<SandboxExit>();
  readonly #oomSeen = Promise.withResolvers<void>();
  #killed = false;
  #lastOomNano: bigint | undefined;
  #dead = false;

  constructor(sources: Sources) {
    this.#sources = sources;
    this.exited = this.#exited.promise;
  }

  get dead(): boolean {
    return this.#dead;
  }

  on(event: EngineEvent): void {
    switch (event.action) {
      case 'kill':
        this.#killed ||= !this.requested;
        return;
      case 'oom':
        this.#lastOomNano = event.atNano;
        return this.#oomSeen.resolve();
      case 'die':
        return this.died(event.exitCode, event.atNano);
      case 'destroy':
        return this.died(null, event.atNano);
    }
  }

  /** The container's end became known; the first report counts. `exitCode` is null when it just vanished. */
  died(exitCode: number | null, atNano?: bigint): void {
    if (this.#dead) return;
    this.#dead = true;
    void this.#settle(exitCode, atNano, systemClock.now());
  }

  async #settle(exitCode: number | null, atNano: bigint | undefined, at: number): Promise<void> {
    const { requested } = this;
    if (!requested) await within(LAST_OUTPUT_MS, this.#sources.outputEnded);
    const oomKill = exitCode === SIGKILL_CODE && (this.#oomAround(atNano) || (await this.#oomLate(atNano)));
    const { heapExhausted } = this;
    this.#exited.resolve(exitOf({ exitCode, requested, killed: this.#killed, oomKill, heapExhausted, at }));
  }

  /** A child may have run out of memory long before: only a kill right at the end is the cause of it. */
  #oomAround(atNano: bigint | undefined): boolean {
    if (this.#lastOomNano === undefined) return false;
    return atNano === undefined || atNano - this.#lastOomNano < OOM_WINDOW_NANO;
  }

  /** Killed by nobody known: the report of the out-of-memory killer may still be on its way. */
  async #oomLate(atNano: bigint | undefined): Promise<boolean> {
    if (this.requested || this.#killed) return false;
    if (this.#lastOomNano === undefined && (await this.#sources.inspectOom())) return true;
    await within(LATE_EVENT_MS, this.#oomSeen.promise);
    return this.#oomAround(atNano);
  }
}

/** Waits for `work`, but no longer than `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const expiry = sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([work, expiry]);
  timer.abort();
}
