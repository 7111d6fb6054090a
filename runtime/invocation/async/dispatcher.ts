/**
 * Delivers what is in the event queue, at least once.
 *
 * 1. An event leaves the queue after its function ran; a runtime that dies before delivers it again.
 * 2. Per function no more events are in flight than it may have sandboxes: the backlog stays on disk.
 * 3. Events of one function start in commit order.
 */
import type { Clock } from '../../core/clock.ts';
import { toFaasError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { InvokeRequest, InvokeResult } from '../../core/types.ts';
import type { EventQueue, PendingEvent } from '../../store/store.ts';
import { MAX_EVENT_AGE_MS, retryDelayMs, wasDelivered } from './retry.ts';

export interface DispatcherContext {
  queue: EventQueue;
  clock: Clock;
  log: Logger;
  invoke(request: InvokeRequest): Promise<InvokeResult>;
  /** Most sandboxes of the function at once; undefined while it is not deployed. */
  concurrencyOf(functionName: string): number | undefined;
}

/** How often events are looked at whose function is not there (yet). */
const ABSENT_DELAY_MS = 5_000;

export class Dispatcher {
  readonly #context: DispatcherContext;
  readonly #inFlight = new Map<number, Promise<void>>();
  readonly #perFunction = new Map<string, number>();
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
    const concurrency = this.#context.concurrencyOf(name);
    // One, to find out whether it is to be given up.
    if (concurrency === undefined) return 1;
    return concurrency - (this.#perFunction.get(name) ?? 0);
  }

  #deliver(event: PendingEvent): void {
    this.#count(event.function, 1);
    const delivery = this.#attempt(event)
      .catch((error: unknown) => this.#later(event, toFaasError(error).message))
      .finally(() => {
        this.#inFlight.delete(event.id);
        this.#count(event.function, -1);
        this.wake();
      });
    this.#inFlight.set(event.id, delivery);
  }

  async #attempt(event: PendingEvent): Promise<void> {
    const { queue, clock, log } = this.#context;
    if (this.#context.concurrencyOf(event.function) === undefined) {
      if (clock.now() - event.enqueuedAt < MAX_EVENT_AGE_MS) {
        return queue.retryAt(event.id, clock.now() + ABSENT_DELAY_MS, event.attempts);
      }
      log.warn(
        `event ${event.requestId} for ${event.function} is given up: the function has been missing for 6 hours`,
      );
      return queue.done(event.id);
    }
    const { record } = await this.#context.invoke({
      function: event.function,
      payload: event.payload,
      trigger: event.trigger,
      requestId: event.requestId,
      parentRequestId: event.parentRequestId,
      attempt: event.attempts + 1,
    });
    if (wasDelivered(record.outcome)) return queue.done(event.id);
    this.#later(event, record.errorMessage ?? record.outcome);
  }

  #later(event: PendingEvent, reason: string): void {
    if (this.#stopped) return;
    const { queue, clock, log } = this.#context;
    const delayMs = retryDelayMs(event.attempts);
    log.debug(`event ${event.requestId} for ${event.function} is tried again in ${delayMs} ms: ${reason}`);
    queue.retryAt(event.id, clock.now() + delayMs, event.attempts + 1);
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
    const count = (this.#perFunction.get(name) ?? 0) + change;
    if (count === 0) this.#perFunction.delete(name);
    else this.#perFunction.set(name, count);
  }
}
