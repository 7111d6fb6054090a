/** When an instance entered which state; phases are derived from here and nowhere else. */
import type { InstanceStateName } from '../core/types.ts';

/** What coming up took, milliseconds; null where the phase was not reached. */
export interface StartPhases {
  provisionMs: number | null;
  bootMs: number | null;
  initMs: number | null;
}

interface Stamp {
  state: InstanceStateName;
  at: number;
}

const comesAndGoes = (state: InstanceStateName | undefined): boolean => state === 'idle' || state === 'busy';

export class Trail {
  readonly stamps: Stamp[];

  constructor(startedAt: number) {
    this.stamps = [{ state: 'starting', at: startedAt }];
  }

  /** Keeps every stamp up to the first call, then only the latest of a million idle ⇄ busy. */
  add(state: InstanceStateName, at: number): void {
    const last = this.stamps.at(-1);
    const served = this.#at('busy') !== undefined;
    if (
      served &&
      comesAndGoes(state) &&
      comesAndGoes(last?.state) &&
      comesAndGoes(this.stamps.at(-3)?.state)
    ) {
      this.stamps.pop();
    }
    this.stamps.push({ state, at });
  }

  phases(): StartPhases {
    const end = this.#at('idle') ?? this.#at('stopping');
    const booting = this.#at('booting');
    const initializing = this.#at('initializing');
    return {
      // A prewarmed sandbox has no boot: what was left to do is put the revision in place.
      provisionMs: between(this.#at('starting'), booting ?? initializing ?? end),
      bootMs: between(booting, initializing ?? end),
      initMs: between(initializing, end),
    };
  }

  #at(state: InstanceStateName): number | undefined {
    return this.stamps.find((stamp) => stamp.state === state)?.at;
  }
}

const between = (from: number | undefined, to: number | undefined): number | null =>
  from === undefined || to === undefined ? null : to - from;
