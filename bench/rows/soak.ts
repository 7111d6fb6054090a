/**
 * Many calls in one life of the runtime: what it holds must not grow after the first tenth.
 *
 * V8 widens the space for new objects step by step while there is load, from 1 MB to 100, whatever the program keeps. That
 * would be most of what is read here, so the runtime is started with that space held small.
 */
import { setTimeout } from 'node:timers/promises';
import { timedCall } from '../under-test/cold-call.ts';
import { quiet } from '../under-test/processes.ts';
import { HELLO } from '../under-test/functions.ts';
import { RuntimeUnderTest, type Vitals } from '../under-test/runtime.ts';
import { warmUp } from '../under-test/warm-up.ts';
import type { Bench, Measured, Row, Scenario } from './row.ts';

const TENTHS = 10;
const CONNECTIONS = 10;
const DAY_MS = 86_400_000;
/** Who starts cold at the same time. */
const COLD_CALLERS = 2;
/** After a call its instance ends; a call that comes sooner may still find it. */
const PAUSE_MS = 5;

/** What is looked at, and how much more than after the first tenth passes for the same. */
const LOOKED_AT = {
  heapMb: { title: 'heap', unit: 'MB', limit: 1.1 },
  residentMb: { title: 'resident memory', unit: 'MB', limit: 1.15 },
  handles: { title: 'handles', unit: 'count', limit: 1.1 },
  files: { title: 'open files', unit: 'count', limit: 1.1 },
} as const satisfies Record<keyof Vitals, { title: string; unit: Row['unit']; limit: number }>;
const KEYS = Object.keys(LOOKED_AT) as (keyof Vitals)[]; // all of them: see satisfies

interface Stretch {
  id: string;
  title: string;
  calls: [full: number, quick: number];
  /** Resolves when so many more calls have been answered. */
  make: (bench: Bench, runtime: RuntimeUnderTest, calls: number) => Promise<unknown>;
}

const STRETCHES: readonly Stretch[] = [
  { id: 'soak-warm', title: 'warm calls', calls: [100_000, 500], make: warmCalls },
  { id: 'soak-cold', title: 'cold starts', calls: [10_000, 20], make: coldStarts },
];

export const soak: Scenario = {
  name: 'soak',
  heading:
    'Soak, 100,000 warm calls, then 10,000 cold starts: what the runtime holds after all and after the first tenth',
  drivers: ['process'],
  onlyWith: 'soak',
  rows: STRETCHES.flatMap((stretch) =>
    Object.entries(LOOKED_AT).map(([key, { title, unit, limit }]) => ({
      id: `${stretch.id}-${key}`,
      title: `${stretch.title}: ${title}`,
      unit,
      yardstick: 'first tenth',
      goal: { kind: 'times-at-most', limit } as const,
    })),
  ),
  async measure(bench) {
    await using runtime = await RuntimeUnderTest.start({
      ...bench,
      driver: 'process',
      probed: true,
      config: {
        functions: { hello: { source: HELLO, idleTimeout: '1d' }, once: { source: HELLO, idleTimeout: 0 } },
      },
    });
    await warmUp(runtime, 'hello', CONNECTIONS);
    const measured: Record<string, Measured> = {};
    for (const stretch of STRETCHES) {
      const tenths = await run(bench, runtime, stretch);
      for (const key of KEYS) {
        measured[`${stretch.id}-${key}`] = growth(tenths.map((vitals) => vitals[key]));
      }
    }
    return measured;
  },
};

async function run(bench: Bench, runtime: RuntimeUnderTest, stretch: Stretch): Promise<Vitals[]> {
  const calls = bench.samples(...stretch.calls) / TENTHS;
  const tenths: Vitals[] = [];
  while (tenths.length < TENTHS) {
    await stretch.make(bench, runtime, calls);
    // Records and logs are written a moment after the calls, and ended sandboxes are reaped.
    await setTimeout(1000);
    await quiet(async () => [runtime.pid, ...(await runtime.sandboxPids())]);
    const vitals = await runtime.vitals();
    tenths.push(vitals);
    const told = KEYS.map((key) => `${LOOKED_AT[key].title} ${vitals[key].toFixed(1)}`);
    bench.progress(`${tenths.length * calls} ${stretch.title}: ${told.join(', ')}`);
  }
  return tenths;
}

function warmCalls({ load }: Bench, { url }: RuntimeUnderTest, requests: number): Promise<unknown> {
  const job = { path: '/hello', method: 'GET', bodyBytes: 0, connections: CONNECTIONS, warmUpMs: 0 };
  return load.run({ ...job, url, durationMs: DAY_MS, requests });
}

/** Calls that found an instance all the same are made and not counted. */
async function coldStarts(_: Bench, { url }: RuntimeUnderTest, count: number): Promise<void> {
  let left = count;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      const { start } = await timedCall(url, '/once');
      if (start !== 'warm') left -= 1;
      await setTimeout(PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: COLD_CALLERS }, caller));
}

function growth(tenths: readonly number[]): Measured {
  const [first = Number.NaN, last = Number.NaN] = [tenths[0], tenths.at(-1)];
  return {
    n: tenths.length,
    ours: { median: last, p99: null },
    yardstick: { median: first, p99: null },
    ratio: last / first,
    note: tenths.map((value) => (Number.isInteger(value) ? value : value.toFixed(1))).join(' '),
  };
}
