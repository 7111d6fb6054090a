import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { isWorthRetrying } from './store-error.ts';

export interface WriteBehindOptions<T> {
  clock: Clock;
  log: Logger;
  /** What the items are, for messages: `invocation records`. */
  what: string;
  delayMs: number;
  /** Total weight past which items are written at once instead of after the delay. */
  bound: number;
  /** Default: every item weighs 1. */
  weigh?: (this: void, item: T) => number;
  /** True while a write would join, and could vanish with, someone else's transaction. */
  blocked(this: void): boolean;
  /** Writes all items or none, and throws when it could not. */
  write(this: void, items: readonly T[]): void;
}

export interface WriteBehind<T> {
  append(this: void, item: T): void;
  /** Writes what is held now. Never throws: a failure is logged and tried again later. */
  flush(this: void): void;
  /** Flushes a last time and stops the timer. */
  close(this: void): void;
}

/** While the disk refuses, this many times the bound is kept; beyond it the oldest items are given up. */
const KEPT_WHILE_FAILING = 10;

/**
 * Collects items and writes them in batches, off the caller's path. Writing happens on this thread,
 * because a batch costs microseconds a row; a worker would take the place of `write`.
 */
export function createWriteBehind<T>(options: WriteBehindOptions<T>): WriteBehind<T> {
  const { clock, log, what, delayMs, bound, weigh = () => 1, blocked, write } = options;
  let held: T[] = [];
  let weight = 0;
  let failing = false;
  let cancelTimer: (() => void) | undefined;

  function append(item: T): void {
    held.push(item);
    weight += weigh(item);
    // While writes fail only the timer tries, so that a full disk does not slow every caller down.
    if (weight >= bound && !failing && !blocked()) flush();
    else cancelTimer ??= clock.after(delayMs, flush);
  }

  function flush(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    if (held.length === 0) return;
    if (blocked()) cancelTimer = clock.after(delayMs, flush);
    else writeHeld();
  }

  function writeHeld(): void {
    try {
      write(held);
      if (failing) log.info(`${what} are written again`);
      failing = false;
      clear();
    } catch (error) {
      if (isWorthRetrying(error)) keepForLater(error);
      else writeOneByOne();
    }
  }

  function keepForLater(error: unknown): void {
    if (!failing) log.error(`${what} cannot be written, will try again: ${messageOf(error)}`);
    failing = true;
    dropOldest();
    cancelTimer = clock.after(delayMs, flush);
  }

  function dropOldest(): void {
    let dropped = 0;
    for (const item of held) {
      if (weight <= bound * KEPT_WHILE_FAILING) break;
      weight -= weigh(item);
      dropped += 1;
    }
    if (dropped === 0) return;
    held = held.slice(dropped);
    log.error(`${dropped} ${what} were lost because they could not be written`);
  }

  /** One item that the database refuses must not take its batch with it. */
  function writeOneByOne(): void {
    const items = held;
    clear();
    for (const item of items) {
      try {
        write([item]);
      } catch (error) {
        log.error(`one of the ${what} was refused and is lost: ${messageOf(error)}`);
      }
    }
  }

  function clear(): void {
    held = [];
    weight = 0;
  }

  return {
    append,
    flush,
    close() {
      flush();
      cancelTimer?.();
      if (held.length > 0) log.error(`${held.length} ${what} were lost because they could not be written`);
      clear();
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
