/** Warm calls: HTTP in, the function, HTTP out, beside a reverse proxy in front of a bare server. */
import type { LoadJob, LoadSummary } from '../load/job.ts';
import { takeTurns } from '../measure/rounds.ts';
import { HELLO } from '../under-test/functions.ts';
import { warmUp } from '../under-test/warm-up.ts';
import { RuntimeUnderTest, type DriverUnderTest } from '../under-test/runtime.ts';
import { startProxy } from '../yardsticks/servers.ts';
import { byRounds } from './figures.ts';
import type { Bench, Row, Scenario } from './row.ts';

const PROXY = 'node:http proxy';

const row = (id: string, title: string, unit: Row['unit'], goal: Row['goal']): Row => ({
  id,
  title,
  unit,
  yardstick: PROXY,
  goal,
});

export const warm: Scenario = {
  name: 'warm',
  heading: 'Warm calls',
  drivers: ['docker', 'process'],
  rows: [
    row('warm-p50', '1 connection, p50', 'ms', { kind: 'times-at-most', limit: 1.5 }),
    row('warm-p99', '1 connection, p99', 'ms', null),
    row('warm-throughput', '10 connections, 10 sandboxes', 'calls/s', { kind: 'times-at-least', limit: 1.3 }),
    row('warm-throughput-p99', 'the same, p99', 'ms', { kind: 'times-at-most', limit: 2 }),
  ],
  async measure(bench, driver) {
    if (driver === null) return {};
    await using runtime = await startWarm(bench, driver);
    await using proxy = await startProxy();
    await settle(bench, [runtime, proxy], 1);
    const one = await sideBySide(bench, runtime.url, proxy.url, small(1));
    await warmUp(runtime, 'hello', 10);
    await settle(bench, [runtime, proxy], 10);
    const ten = await sideBySide(bench, runtime.url, proxy.url, small(10));
    return {
      'warm-p50': byRounds(one, (load) => load.p50Ms),
      'warm-p99': byRounds(one, (load) => load.p99Ms),
      'warm-throughput': byRounds(ten, (load) => load.perSecond),
      'warm-throughput-p99': byRounds(ten, (load) => load.p99Ms),
    };
  },
};

/** Not counted: every process compiles what it runs for the first time, ten sandboxes share the time. */
async function settle(bench: Bench, sides: readonly { url: string }[], connections: number): Promise<void> {
  const durationMs = 500 + 100 * connections;
  for (const { url } of sides) await bench.load.run({ ...small(connections), url, durationMs });
}

/** Each begins with calls that are not counted: a sandbox that was frozen meanwhile thaws in them. */
const small = (connections: number): Omit<LoadJob, 'url'> => ({
  path: '/hello',
  method: 'GET',
  bodyBytes: 0,
  connections,
  warmUpMs: 100,
  durationMs: 300,
});

const MB = 1024 * 1024;
/** So many requests, however long they take: a slow side would fit too few into a stretch of time. */
const LARGE = { connections: 4, warmUpMs: 0, durationMs: 30_000 };
const inMegabytes = (bytes: number) => (load: LoadSummary) => (load.perSecond * bytes) / MB;

export const bodies: Scenario = {
  name: 'bodies',
  heading: 'Large bodies, 4 connections',
  drivers: ['docker', 'process'],
  rows: [
    row('answers-1mb', 'answers of 1 MB', 'MB/s', { kind: 'times-at-least', limit: 0.5 }),
    row('requests-5mb', 'requests of 5 MB', 'MB/s', { kind: 'times-at-least', limit: 0.5 }),
  ],
  async measure(bench, driver) {
    if (driver === null) return {};
    await using runtime = await startWarm(bench, driver);
    await using proxy = await startProxy();
    await warmUp(runtime, 'hello', 4);
    const answers = await sideBySide(bench, runtime.url, proxy.url, {
      ...LARGE,
      path: `/hello?bytes=${MB}`,
      method: 'GET',
      bodyBytes: 0,
      requests: bench.samples(40, 8),
    });
    const requests = await sideBySide(bench, runtime.url, proxy.url, {
      ...LARGE,
      path: '/hello',
      method: 'POST',
      bodyBytes: 5 * MB,
      requests: bench.samples(12, 8),
    });
    return {
      'answers-1mb': byRounds(answers, inMegabytes(MB)),
      'requests-5mb': byRounds(requests, inMegabytes(5 * MB)),
    };
  },
};

const startWarm = (bench: Bench, driver: DriverUnderTest): Promise<RuntimeUnderTest> =>
  RuntimeUnderTest.start({
    ...bench,
    driver,
    config: { functions: { hello: { source: HELLO, memory: 512 } } },
  });

interface Sides {
  ours: LoadSummary[];
  yardstick: LoadSummary[];
}

/** Short stretches of load on the one and on the other, in turns. */
function sideBySide(
  bench: Bench,
  ours: string,
  yardstick: string,
  stretch: Omit<LoadJob, 'url'>,
): Promise<Sides> {
  return takeTurns(
    {
      ours: () => bench.load.run({ ...stretch, url: ours }),
      yardstick: () => bench.load.run({ ...stretch, url: yardstick }),
    },
    { rounds: bench.samples(5, 2), warmUps: bench.samples(2, 1) },
  );
}
