/** How long the machine takes for what the pool asks of it; as recorded, where there are records. */

/** What one start took. Milliseconds. */
export interface StartSample {
  /** When it began, epoch milliseconds: starts side by side take longer, and so do those of a busy hour. */
  at: number;
  provisionMs: number;
  bootMs: number;
  initMs: number;
}

export interface MachineProfile {
  /** Of starts from nothing, by function, in the order they began. */
  fresh: ReadonlyMap<string, readonly StartSample[]>;
  /** Of starts on a sandbox booted ahead; `bootMs` is 0. */
  prewarmed: ReadonlyMap<string, readonly StartSample[]>;
  /** From the decision to end a sandbox until it is gone. */
  killMs: number;
  thawMs: number;
}

/** What is assumed where nothing was recorded. */
export const ASSUMED = {
  start: { at: 0, provisionMs: 50, bootMs: 200, initMs: 50 } satisfies StartSample,
  killMs: 30,
  thawMs: 1,
} as const;

/**
 * Gives each simulated start what a recorded one took: the one nearest in time that no other start has got, and once all
 * were given, or at another time than the recorded, one after another. No chance is in it: any two runs are alike.
 */
export class StartTimes {
  readonly #fresh: ReadonlyMap<string, Samples>;
  readonly #prewarmed: ReadonlyMap<string, Samples>;
  /** A sandbox is booted the same way for every function. */
  readonly #all: Samples;

  constructor({ fresh, prewarmed }: MachineProfile) {
    const samplesOf = (all: MachineProfile['fresh']): ReadonlyMap<string, Samples> =>
      new Map([...all].map(([name, samples]) => [name, new Samples(samples)]));
    this.#fresh = samplesOf(fresh);
    this.#prewarmed = samplesOf(prewarmed);
    this.#all = new Samples([...fresh.values()].flat().toSorted((a, b) => a.at - b.at));
  }

  /** @param functionName empty for a sandbox that is booted ahead */
  fresh(functionName: string, at: number): StartSample {
    return this.#fresh.get(functionName)?.next(at) ?? this.#all.next(at) ?? ASSUMED.start;
  }

  prewarmed(functionName: string, at: number): StartSample {
    const known = this.#prewarmed.get(functionName)?.next(at);
    if (known) return known;
    // Loading takes what it takes on a fresh sandbox; putting the code in place takes next to nothing.
    const { initMs } = this.#fresh.get(functionName)?.first ?? ASSUMED.start;
    return { at, provisionMs: 0, bootMs: 0, initMs };
  }
}

class Samples {
  readonly #samples: readonly StartSample[];
  readonly #given = new Set<number>();
  #turn = 0;

  constructor(samples: readonly StartSample[]) {
    this.#samples = samples;
  }

  get first(): StartSample | undefined {
    return this.#samples[0];
  }

  next(at: number): StartSample | undefined {
    const nearest = this.#nearestFree(at);
    if (nearest === undefined) return this.#samples[this.#turn++ % Math.max(1, this.#samples.length)];
    this.#given.add(nearest);
    return this.#samples[nearest];
  }

  /** Looks a few places to either side of where `at` belongs. */
  #nearestFree(at: number): number | undefined {
    const place = this.#placeOf(at);
    let best: number | undefined;
    let bestDistance = Infinity;
    for (let index = place - NEIGHBOURS; index < place + NEIGHBOURS; index += 1) {
      const sample = this.#samples[index];
      if (!sample || this.#given.has(index)) continue;
      const distance = Math.abs(sample.at - at);
      if (distance < bestDistance) [best, bestDistance] = [index, distance];
    }
    return best;
  }

  /** The first sample that is not before `at`. */
  #placeOf(at: number): number {
    let [low, high] = [0, this.#samples.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#samples[middle]?.at ?? Infinity) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const NEIGHBOURS = 8;
