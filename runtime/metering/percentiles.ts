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

  add(value: number): void {
    if (this.#length === this.#values.length) this.#reserve(this.#length * 2);
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  addAll(other: Samples): void {
    const length = this.#length + other.#length;
    if (length > this.#values.length) this.#reserve(length);
    this.#values.set(other.#values.subarray(0, other.#length), this.#length);
    this.#length = length;
  }

  /** By nearest rank: the smallest value that at least p percent do not exceed; always one that occurred. */
  percentiles(): Percentiles {
    const sorted = this.#values.slice(0, this.#length).toSorted();
    const rank = (p: number): number | null => sorted[Math.ceil((p * sorted.length) / 100) - 1] ?? null;
    return { p50: rank(50), p95: rank(95), p99: rank(99) };
  }

  #reserve(length: number): void {
    const larger = new Float64Array(length);
    larger.set(this.#values.subarray(0, this.#length));
    this.#values = larger;
  }
}
