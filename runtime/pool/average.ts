/** A running average that follows the last few values. */
export class Average {
  #value: number | undefined;

  get value(): number | undefined {
    return this.#value;
  }

  add(value: number): void {
    this.#value = this.#value === undefined ? value : this.#value + (value - this.#value) / 4;
  }
}
