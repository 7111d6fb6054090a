/** Exact percentiles of many values in 8 bytes each. */
export interface Percentiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** A growing list of doubles. */
export class Samples {
  #values: Float64Array<ArrayBuffer> = new Float64Array(64);
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

  #grow(): void {
    const larger = new Float64Array(Math.max(64, this.#length * 2));
    larger.set(this.#values.subarray(0, this.#length));
    this.#values = larger;
  }
}

/** The value at that percentile of `sorted`, by nearest rank. */
export const rank = (sorted: Float64Array, p: number): number | null =>
  sorted[Math.ceil((p * sorted.length) / 100) - 1] ?? null;
