/** The calls a simulation answers, in 18 bytes each: a million of them are 18 MB. */

/** What becomes of an instance after the call. */
export const AFTERWARDS = ['released', 'ended'] as const;
type Afterwards = (typeof AFTERWARDS)[number];

export interface Arrival {
  /** Epoch milliseconds. */
  at: number;
  /** Index into the functions of the simulation. */
  functionIndex: number;
  /** What the handler takes. */
  durationMs: number;
  /** `ended`: a timeout, a crash, out of memory. */
  afterwards: Afterwards;
  /** Set on the first call of a function since its runtime started, with nothing warm: so many milliseconds before. */
  startedBeforeMs: number | null;
}

export class Arrivals {
  #at = new Float64Array(1024);
  #durationMs = new Float64Array(1024);
  #flags = new Uint16Array(1024);
  #length = 0;
  /** Rare, hence not a column. */
  readonly #starts = new Map<number, number>();

  get length(): number {
    return this.#length;
  }

  get firstAt(): number {
    return this.#length === 0 ? 0 : (this.#at[0] ?? 0);
  }

  get lastAt(): number {
    return this.#at[this.#length - 1] ?? 0;
  }

  /** To be called in the order of time. */
  add({ at, functionIndex, durationMs, afterwards, startedBeforeMs }: Arrival): void {
    if (this.#length === this.#at.length) this.#grow();
    const index = this.#length++;
    this.#at[index] = at;
    this.#durationMs[index] = durationMs;
    this.#flags[index] = functionIndex * 2 + AFTERWARDS.indexOf(afterwards);
    if (startedBeforeMs !== null) this.#starts.set(index, startedBeforeMs);
  }

  get(index: number): Arrival {
    const flags = this.#flags[index] ?? 0;
    return {
      at: this.#at[index] ?? 0,
      functionIndex: flags >> 1,
      durationMs: this.#durationMs[index] ?? 0,
      afterwards: flags % 2 === 0 ? 'released' : 'ended',
      startedBeforeMs: this.#starts.get(index) ?? null,
    };
  }

  #grow(): void {
    const length = this.#length * 2;
    const grown = <T extends Float64Array | Uint16Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#at = grown(this.#at, new Float64Array(length));
    this.#durationMs = grown(this.#durationMs, new Float64Array(length));
    this.#flags = grown(this.#flags, new Uint16Array(length));
  }
}
