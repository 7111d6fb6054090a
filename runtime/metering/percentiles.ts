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

/** Below so many lists, looking for a value in each of them is quicker than to sort their union. */
const FEW_LISTS = 32;

/** Of all values together. */
export function percentilesOf(parts: readonly Samples[]): Percentiles {
  if (parts.length > FEW_LISTS) return Samples.union(parts).percentiles();
  const sorted = parts.map((part) => part.sorted()).filter(({ length }) => length > 0);
  return { p50: rankIn(sorted, 50), p95: rankIn(sorted, 95), p99: rankIn(sorted, 99) };
}

/** Halves the range of values until no double is left in it: some sixty times, whatever the number of values. */
function rankIn(parts: readonly Float64Array[], p: number): number | null {
  const [only, ...more] = parts;
  if (only === undefined || more.length === 0) return only === undefined ? null : rank(only, p);
  const wanted = rankOf(
    p,
    parts.reduce((length, part) => length + part.length, 0),
  );
  // Too few values are at most `low`, enough are at most `high`.
  let low = Math.min(...parts.map((part) => part[0] ?? Infinity));
  let high = Math.max(...parts.map((part) => part.at(-1) ?? -Infinity));
  if (countUpTo(parts, low) >= wanted) return low;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) return high;
    if (countUpTo(parts, middle) >= wanted) high = middle;
    else low = middle;
  }
}

/** How many values are at most `limit`. */
function countUpTo(parts: readonly Float64Array[], limit: number): number {
  let count = 0;
  for (const part of parts) {
    let from = 0;
    let to = part.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((part[middle] ?? limit) <= limit) from = middle + 1;
      else to = middle;
    }
    count += from;
  }
  return count;
}
