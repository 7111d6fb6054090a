/** 20 calls of 100 ms at once: from nothing, and again right after. */
import { takeTurns } from '../measure/rounds.ts';
import { nothingWarm, timedCall } from '../under-test/cold-call.ts';
import { HELLO } from '../under-test/functions.ts';
import { RuntimeUnderTest, type DriverUnderTest } from '../under-test/runtime.ts';
import { startServer } from '../yardsticks/servers.ts';
import { compared } from './figures.ts';
import type { Bench, Measured, Row, Scenario } from './row.ts';

const CALLS = 20;
const SERVER = 'bare node:http';
const GOAL_MS: Record<DriverUnderTest, number> = { docker: 500, process: 300 };
/** On two cores a container takes longer to start than the burst may last: what is to be answered by then stands ready. */
const MANY = 5;

const rowOf = (id: string, title: string, goalMs: number | null): Row => ({
  id,
  title,
  unit: 'ms',
  yardstick: SERVER,
  goal: goalMs === null ? null : { kind: 'at-most', limit: goalMs },
});

export const burst: Scenario = {
  name: 'burst',
  heading: '20 calls of 100 ms at once, first to last answer',
  drivers: ['docker', 'process'],
  rows: (driver): Row[] => [
    rowOf('burst-first', 'from nothing', driver && GOAL_MS[driver]),
    rowOf('burst-second', 'again, right after', null),
    ...(driver === 'docker' ? [rowOf('burst-many', `from nothing, prewarm: ${MANY}`, GOAL_MS.docker)] : []),
  ],
  async measure(bench, driver) {
    if (driver === null) return {};
    const { first, second } = await measureBursts(bench, driver, 1);
    const measured = { 'burst-first': first, 'burst-second': second };
    if (driver !== 'docker') return measured;
    return { ...measured, 'burst-many': (await measureBursts(bench, driver, MANY)).first };
  },
};

async function measureBursts(
  bench: Bench,
  driver: DriverUnderTest,
  prewarm: number,
): Promise<Record<'first' | 'second', Measured>> {
  await using runtime = await RuntimeUnderTest.start({
    ...bench,
    driver,
    // Room for as many sandboxes as calls: how many to start is the runtime's choice.
    config: { prewarm, functions: { hello: { source: HELLO, concurrency: CALLS, idleTimeout: '1s' } } },
  });
  await using server = await startServer();
  const taken = await takeTurns(
    {
      ours: async () => {
        await nothingWarm(runtime, prewarm);
        return { first: await burstOf(runtime.url), second: await burstOf(runtime.url) };
      },
      yardstick: async () => ({ first: await burstOf(server.url), second: await burstOf(server.url) }),
    },
    { rounds: driver === 'docker' ? bench.samples(5, 1) : bench.samples(6, 1), warmUps: 1 },
  );
  const of = (which: 'first' | 'second') =>
    compared(
      taken.ours.map((sample) => sample[which]),
      taken.yardstick.map((sample) => sample[which]),
    );
  return { first: of('first'), second: of('second') };
}

/** Milliseconds from the first connection to the last answer. */
export async function burstOf(url: string, path = '/hello?wait=100'): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CALLS }, () => timedCall(url, path)));
  return performance.now() - startedAt;
}
