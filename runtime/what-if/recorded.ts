/** What a ledger says of the past: which calls came when, how long they ran, and how long the machine took to start. */
import type { InstanceStateName, InstanceTrail, InvocationRecord, Outcome } from '../core/types.ts';
import type { InstanceStore, Ledger } from '../store/store.ts';
import { Arrivals } from './arrivals.ts';
import { LEAD_MS } from './poisson.ts';
import { ASSUMED, type MachineProfile, type StartSample } from './profile.ts';

export interface Recorded {
  arrivals: Arrivals;
  profile: MachineProfile;
  /** What really happened to these arrivals, to check the simulation against. */
  happened: { calls: number; coldStarts: number; throttled: number };
  /** Handler times of the function's calls that ran, in their order. */
  durationsMs: ReadonlyMap<string, readonly number[]>;
  /** Recorded functions that are not among those asked for. */
  unknown: ReadonlySet<string>;
}

interface Past {
  ledger: Pick<Ledger, 'records'>;
  instances: Pick<InstanceStore, 'all'>;
}

/** The newest trails of instances that are looked at. */
const MOST_TRAILS = 20_000;
/** How much of what calls took is kept for calls of which it is not known. */
const MOST_SAMPLES = 10_000;

/**
 * Reads the records of `functions` in a span of time, oldest first.
 *
 * @param functions the names, in the order of the simulation
 */
export function readRecorded(
  { ledger, instances }: Past,
  functions: readonly string[],
  span: { since?: number; until?: number },
): Recorded {
  const reading = new Reading(functions);
  const trails = instances.all({ limit: MOST_TRAILS }).toReversed();
  for (const trail of trails) reading.addTrail(trail);
  for (const record of ledger.records(span)) reading.add(record);
  return reading.done();
}

class Reading {
  readonly #indices: ReadonlyMap<string, number>;
  readonly #arrivals = new Arrivals();
  readonly #fresh = new Map<string, StartSample[]>();
  readonly #prewarmed = new Map<string, StartSample[]>();
  readonly #durations = new Map<string, number[]>();
  readonly #thaws: number[] = [];
  readonly #kills: number[] = [];
  /** Instances whose trail tells how they started, also where no call waited for it. */
  readonly #told = new Set<string>();
  readonly #unknown = new Set<string>();
  #coldStarts = 0;
  #throttled = 0;

  constructor(functions: readonly string[]) {
    this.#indices = new Map(functions.map((name, index) => [name, index]));
  }

  add(record: InvocationRecord): void {
    const functionIndex = this.#indices.get(record.function);
    if (functionIndex === undefined) {
      this.#unknown.add(record.function);
      return;
    }
    this.#measure(record);
    this.#arrivals.add({
      at: record.receivedAt,
      functionIndex,
      durationMs: this.#durationOf(record),
      afterwards: ENDS_INSTANCE[record.outcome] ? 'ended' : 'released',
      startedBeforeMs: startedBefore(record, this.#arrivals.length === 0),
    });
    if (record.start === 'cold' || record.start === 'prewarmed') this.#coldStarts += 1;
    if (record.outcome === 'throttled') this.#throttled += 1;
  }

  addTrail(trail: InstanceTrail): void {
    const at = (name: InstanceStateName): number =>
      trail.states.find(({ state }) => state === name)?.at ?? Number.NaN;
    const began = at('starting');
    const gone = at('stopped') - at('stopping');
    if (gone >= 0) this.#kills.push(gone);
    const initMs = at('idle') - at('initializing');
    // It never came up.
    if (Number.isNaN(initMs)) return;
    this.#told.add(trail.id);
    const booting = at('booting');
    if (Number.isNaN(booting)) {
      const provisionMs = at('initializing') - began;
      append(this.#prewarmed, trail.function, { at: began, provisionMs, bootMs: 0, initMs });
    } else {
      const bootMs = at('initializing') - booting;
      append(this.#fresh, trail.function, { at: began, provisionMs: booting - began, bootMs, initMs });
    }
  }

  /** Of an instance without a trail: it still lives, or its runtime was killed. */
  #measure({ function: name, start, phases, outcome, receivedAt, instance }: InvocationRecord): void {
    const { provisionMs, bootMs, initMs, thawMs } = phases;
    if (thawMs !== null && this.#thaws.length < MOST_SAMPLES) this.#thaws.push(thawMs);
    if (initMs === null || provisionMs === null || outcome === 'init-error') return;
    if (instance !== null && this.#told.has(instance)) return;
    const samples = start === 'cold' ? this.#fresh : start === 'prewarmed' ? this.#prewarmed : undefined;
    if (samples) append(samples, name, { at: receivedAt, provisionMs, bootMs: bootMs ?? 0, initMs });
  }

  /** What did not run takes what calls of this function took before, in turn. */
  #durationOf({ function: name, durationMs, outcome }: InvocationRecord): number {
    const known = this.#durations.get(name) ?? [];
    if (outcome === 'throttled' || outcome === 'cancelled') {
      return known[this.#arrivals.length % Math.max(1, known.length)] ?? 0;
    }
    if (known.length < MOST_SAMPLES) append(this.#durations, name, durationMs);
    return durationMs;
  }

  done(): Recorded {
    return {
      arrivals: this.#arrivals,
      profile: {
        fresh: inOrder(this.#fresh),
        prewarmed: inOrder(this.#prewarmed),
        killMs: median(this.#kills) ?? ASSUMED.killMs,
        thawMs: median(this.#thaws) ?? ASSUMED.thawMs,
      },
      happened: {
        calls: this.#arrivals.length,
        coldStarts: this.#coldStarts,
        throttled: this.#throttled,
      },
      durationsMs: this.#durations,
      unknown: this.#unknown,
    };
  }
}

const ENDS_INSTANCE: Record<Outcome, boolean> = {
  success: false,
  error: false,
  throttled: false,
  cancelled: false,
  timeout: true,
  oom: true,
  crash: true,
  'init-error': true,
};

/**
 * A cold start with the reason `first` tells that the runtime began anew; a sandbox that was booted ahead by then tells
 * that it had had some time.
 */
function startedBefore({ coldReason, start }: InvocationRecord, isFirst: boolean): number | null {
  if (coldReason === 'first') return start === 'prewarmed' ? LEAD_MS : 0;
  return isFirst ? LEAD_MS : null;
}

const inOrder = (all: ReadonlyMap<string, StartSample[]>): MachineProfile['fresh'] =>
  new Map([...all].map(([name, samples]) => [name, samples.toSorted((a, b) => a.at - b.at)]));

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function append<T>(lists: Map<string, T[]>, name: string, value: T): void {
  const list = lists.get(name);
  if (list) list.push(value);
  else lists.set(name, [value]);
}
