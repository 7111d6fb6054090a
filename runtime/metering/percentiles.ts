/** Exact percentiles of many values in 8 bytes each. */
export interface Percentiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** A report by hour has thousands of lists, most of them short or empty. */
const FIRST_ROOM = 32;
const EMPTY = new Float64Array(0);

/** A growing list of doubles. */
export class Samples {
  #values: Float64Array<ArrayBuffer> = EMPTY;
  #length = 0;
  #isSorted = true;

  /** The values of all of them. */
  static union(parts: readonly Samples[]): Samples {
    const union = new Samples();
    union.#values = new Float64Array(parts.reduce((length, part) => length + part.#length, 0));
    for (const part of parts) {
      union.#values.set(part.#values.subarray(0, part.#length), union.#length);
      union.#length += part.#length;
    }
    union.#isSorted = false;
    return union;
  }

  get length(): number {
    return this.#length;
  }

  add(value: number): void {
    if (this.#length === this.#values.length) this.#grow();
    this.#values[this.#length] = value;
    this.#length += 1;
    this.#isSorted = false;
  }

  /** By nearest rank: the smallest value that at least p percent do not exceed; always one that occurred. */
  percentiles(): Percentiles {
    const sorted = this.sorted();
    return { p50: rank(sorted, 50), p95: rank(sorted, 95), p99: rank(sorted, 99) };
  }

  /** Smallest first; shared, not a copy. */
  sorted(): Float64Array {
    const values = this.#values.subarray(0, this.#length);
    if (!this.#isSorted) values.sort();
    this.#isSorted = true;
    return values;
  }

  /** `transfer` moves what is there and frees the old room at once, which garbage collection would do late. */
  #grow(): void {
    const room = Math.max(FIRST_ROOM, Math.ceil(this.#length * 1.5)) * Float64Array.BYTES_PER_ELEMENT;
    this.#values = new Float64Array(
      this.#length === 0 ? new ArrayBuffer(room) : this.#values.buffer.transfer(room),
    );
  }
}

/** The value at that percentile of `sorted`, by nearest rank. */
export const rank = (sorted: Float64Array, p: number): number | null =>
  sorted[rankOf(p, sorted.length) - 1] ?? null;

/** From 1. */
const rankOf = (p: number, length: number): number => Math.ceil((p * length) / 100);

/** Of all values together, which are not put together: each list is sorted, and the rank is looked for in all at once. */
export function percentilesOf(parts: readonly Samples[]): Percentiles {
  const sorted = parts.map((part) => part.sorted()).filter(({ length }) => length > 0);
  return { p50: rankIn(sorted, 50), p95: rankIn(sorted, 95), p99: rankIn(sorted, 99) };
}

/**
 * Halves the range of values until no double is left in it: some sixty times, whatever the number of values. In each
 * list only the window of values within the range is looked at, which soon holds one or none.
 */
function rankIn(parts: readonly Float64Array[], p: number): number | null {
  const [only, ...more] = parts;
  if (only === undefined || more.length === 0) return only === undefined ? null : rank(only, p);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const wanted = rankOf(p, length);
  let from = new Uint32Array(parts.length);
  let to = Uint32Array.from(parts, (part) => part.length);
  let split = new Uint32Array(parts.length);
  // Too few values are at most `low`, enough are at most `high`.
  let low = parts.reduce((least, part) => Math.min(least, part[0] ?? Infinity), Infinity);
  let high = parts.reduce((most, part) => Math.max(most, part.at(-1) ?? -Infinity), -Infinity);
  if (splitAt(low, parts, { from, to, split }) >= wanted) return low;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) return high;
    if (splitAt(middle, parts, { from, to, split }) >= wanted) {
      high = middle;
      [to, split] = [split, to];
    } else {
      low = middle;
      [from, split] = [split, from];
    }
  }
}

interface Windows {
  /** Of each list: the first index of its window, and the one behind its last. */
  from: Uint32Array;
  to: Uint32Array;
  /** Is set: how many values of each list are at most the limit. */
  split: Uint32Array;
}

/** How many values of all lists are at most `limit`. */
function splitAt(limit: number, parts: readonly Float64Array[], { from, to, split }: Windows): number {
  let count = 0;
  for (const [index, part] of parts.entries()) {
    let low = from[index] ?? 0;
    let high = to[index] ?? 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((part[middle] ?? limit) <= limit) low = middle + 1;
      else high = middle;
    }
    split[index] = low;
    count += low;
  }
  return count;
}
