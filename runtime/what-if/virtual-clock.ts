/** Time that jumps from one timer to the next, so that a day takes seconds. */
import type { Clock } from '../core/clock.ts';

interface Timer {
  at: number;
  /** Timers of the same moment run in the order they were set. */
  order: number;
  /** Undefined once cancelled. */
  run: (() => void) | undefined;
}

/** Cancelled timers stay in the heap until their time comes, or until most of it is cancelled. */
const COMPACT_FROM = 4096;

export class VirtualClock implements Clock {
  #now: number;
  #heap: Timer[] = [];
  #cancelled = 0;
  #order = 0;

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    const timer: Timer = { at: this.#now + ms, order: this.#order++, run: fn };
    push(this.#heap, timer);
    return () => {
      if (!timer.run) return;
      timer.run = undefined;
      this.#cancelled += 1;
      if (this.#cancelled > COMPACT_FROM && this.#cancelled * 2 > this.#heap.length) this.#compact();
    };
  }

  /** Runs the earliest timer that is due up to `limit`; false when there is none. */
  runNext(limit: number): boolean {
    for (;;) {
      const [first] = this.#heap;
      if (!first || first.at > limit) return false;
      pop(this.#heap);
      const { run } = first;
      if (!run) {
        this.#cancelled -= 1;
        continue;
      }
      first.run = undefined;
      this.#now = Math.max(this.#now, first.at);
      run();
      return true;
    }
  }

  /** Moves on to `at`, where nothing is due before. */
  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  #compact(): void {
    const live = this.#heap.filter(({ run }) => run !== undefined);
    // A sorted array is a heap.
    this.#heap = live.toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#cancelled = 0;
  }
}

const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Timer[], timer: Timer): void {
  let index = heap.length;
  heap.push(timer);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, timer)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = timer;
}

/** Takes the first one off. */
function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const right = left + 1;
    let child = heap[left];
    let at = left;
    const other = heap[right];
    if (child && other && isBefore(other, child)) [child, at] = [other, right];
    if (!child || isBefore(last, child)) break;
    heap[index] = child;
    index = at;
  }
  heap[index] = last;
}
