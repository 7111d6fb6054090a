/** Many calls in one life of the runtime: what it holds must not grow after the first tenth. */
import { setTimeout } from 'node:timers/promises';
import { quiet } from '../under-test/processes.ts';
import { HELLO } from '../under-test/functions.ts';
import { RuntimeUnderTest, type Vitals } from '../under-test/runtime.ts';
import { warmUp } from '../under-test/warm-up.ts';
import type { Bench, Measured, Row, Scenario } from './row.ts';

const TENTHS = 10;
const CONNECTIONS = 10;
const DAY_MS = 86_400_000;

/** What is looked at, and how much more than after the first tenth passes for the same. */
const LOOKED_AT = {
  heapMb: { title: 'heap', unit: 'MB', limit: 1.1 },
  residentMb: { title: 'resident memory', unit: 'MB', limit: 1.15 },
  handles: { title: 'handles', unit: 'count', limit: 1.1 },
  files: { title: 'open files', unit: 'count', limit: 1.1 },
} as const satisfies Record<keyof Vitals, { title: string; unit: Row['unit']; limit: number }>;

interface Stretch {
  id: string;
  title: string;
  path: string;
  requests: [full: number, quick: number];
  connections: number;
}

const STRETCHES: readonly Stretch[] = [
  {
    id: 'soak-warm',
    title: 'warm calls',
    path: '/hello',
    requests: [100_000, 500],
    connections: CONNECTIONS,
  },
  { id: 'soak-cold', title: 'cold starts', path: '/once', requests: [10_000, 10], connections: 2 },
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
        functions: { hello: { source: HELLO }, once: { source: HELLO, idleTimeout: 0 } },
      },
    });
    await warmUp(runtime, 'hello', CONNECTIONS);
    const measured: Record<string, Measured> = {};
    for (const stretch of STRETCHES) {
      const tenths = await run(bench, runtime, stretch);
      for (const key of Object.keys(LOOKED_AT) as (keyof Vitals)[]) {
        measured[`${stretch.id}-${key}`] = growth(tenths.map((vitals) => vitals[key]));
      }
    }
    return measured;
  },
};

async function run(bench: Bench, runtime: RuntimeUnderTest, stretch: Stretch): Promise<Vitals[]> {
  const { path, connections } = stretch;
  const requests = bench.samples(...stretch.requests) / TENTHS;
  const tenths: Vitals[] = [];
  for (let tenth = 0; tenth < TENTHS; tenth++) {
    await bench.load.run({
      url: runtime.url,
      path,
      method: 'GET',
      bodyBytes: 0,
      connections,
      warmUpMs: 0,
      durationMs: DAY_MS,
      requests,
    });
    // Records and logs are written a moment after the calls, and ended sandboxes are reaped.
    await setTimeout(1000);
    await quiet(async () => [runtime.pid, ...(await runtime.sandboxPids())]);
    tenths.push(await runtime.vitals());
  }
  return tenths;
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
