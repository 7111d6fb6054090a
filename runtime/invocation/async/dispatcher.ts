/**
 * Delivers what is in the event queue, at least once.
 *
 * 1. An event leaves the queue after its target took it; a runtime that dies before delivers it again.
 * 2. Per target no more events are in flight than it may take at once: the backlog stays on disk.
 * 3. Events of one target start in commit order, and those of one order key one after the other; only an event
 *    that ran and failed lets its followers by.
 * 4. What cannot be delivered ends among the dead events, with the reason.
 */
import type { Clock } from '../../core/clock.ts';
import { toFaasError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { DeadEventStore, EventQueue, PendingEvent } from '../../store/store.ts';
import { failureDelayMs, MAX_ATTEMPTS_WITHOUT_ROOM, retryDelayMs, type Delivery } from './retry.ts';
import type { Target } from './targets.ts';

export interface DispatcherContext {
  queue: EventQueue;
  deadEvents: DeadEventStore;
  clock: Clock;
  log: Logger;
  /** Undefined while it is not deployed. */
  targetOf(name: string): Target | undefined;
}

export class Dispatcher {
  readonly #context: DispatcherContext;
  readonly #inFlight = new Map<number, Promise<void>>();
  readonly #perTarget = new Map<string, number>();
  #stopped = true;
  #pumpQueued = false;
  #cancelTimer: (() => void) | undefined;

  constructor(context: DispatcherContext) {
    this.#context = context;
  }

  start(): void {
    this.#stopped = false;
    this.wake();
  }

  /** Looks at the queue soon. Cheap, so whoever enqueues just calls it, also inside a transaction. */
  wake(): void {
    if (this.#stopped || this.#pumpQueued) return;
    this.#pumpQueued = true;
    setImmediate(() => {
      this.#pumpQueued = false;
      if (!this.#stopped) this.#pump();
    });
  }

  /** Takes no more events; resolves when those in flight are settled. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    await Promise.all(this.#inFlight.values());
  }

  #pump(): void {
    const { queue, clock } = this.#context;
    const now = clock.now();
    const inFlight = new Set(this.#inFlight.keys());
    for (const name of queue.functionsDue(now, inFlight)) {
      const room = this.#roomFor(name);
      if (room > 0) for (const event of queue.due(name, now, room, inFlight)) this.#deliver(event);
    }
    this.#wakeWhenDue();
  }

  #roomFor(name: string): number {
    // One at a time, to find out whether it is to be given up.
    const concurrency = this.#context.targetOf(name)?.concurrency ?? 1;
    return concurrency - (this.#perTarget.get(name) ?? 0);
  }

  #deliver(event: PendingEvent): void {
    this.#count(event.function, 1);
    const delivery = this.#attempt(event)
      .catch((error: unknown): Delivery => ({ kind: 'no-room', reason: toFaasError(error).message }))
      .then((came) => this.#settle(event, came))
      .finally(() => {
        this.#inFlight.delete(event.id);
        this.#count(event.function, -1);
        this.wake();
      });
    this.#inFlight.set(event.id, delivery);
  }

  async #attempt(event: PendingEvent): Promise<Delivery> {
    const target = this.#context.targetOf(event.function);
    return target?.deliver(event) ?? { kind: 'no-room', reason: `${event.function} is not deployed` };
  }

  #settle(event: PendingEvent, came: Delivery): void {
    const { queue, clock } = this.#context;
    switch (came.kind) {
      case 'delivered':
        return queue.done(event.id);
      case 'failed': {
        const failures = event.failures + 1;
        if (failures > came.retries) return this.#bury(event, came.reason);
        return queue.failedUntil(event.id, clock.now() + failureDelayMs(failures));
      }
      case 'no-room': {
        // It was our own stopping that cut it off: it is pending at the next start.
        if (this.#stopped) return;
        if (event.attempts + 1 >= MAX_ATTEMPTS_WITHOUT_ROOM) return this.#bury(event, came.reason);
        const delayMs = retryDelayMs(event.attempts);
        this.#context.log.debug(
          `event ${event.requestId} for ${event.function} is tried again in ${delayMs} ms: ${came.reason}`,
        );
        return queue.retryAt(event.id, clock.now() + delayMs, event.attempts + 1);
      }
    }
  }

  #bury(event: PendingEvent, reason: string): void {
    const { deadEvents, log } = this.#context;
    const attempts = event.attempts + 1;
    log.warn(
      `event ${event.requestId} for ${event.function} is given up after ${attempts} attempts: ${reason}`,
    );
    deadEvents.bury(event.id, reason);
  }

  #wakeWhenDue(): void {
    const { queue, clock } = this.#context;
    this.#cancelTimer?.();
    const dueAt = queue.nextDueAt(new Set(this.#inFlight.keys()));
    const delayMs = dueAt === undefined ? undefined : dueAt - clock.now();
    // What is due already waits for room: the end of a delivery wakes us.
    if (delayMs !== undefined && delayMs > 0) this.#cancelTimer = clock.after(delayMs, () => this.wake());
  }

  #count(name: string, change: number): void {
    const count = (this.#perTarget.get(name) ?? 0) + change;
    if (count === 0) this.#perTarget.delete(name);
    else this.#perTarget.set(name, count);
  }
}
