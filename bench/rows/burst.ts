/** 20 calls of 100 ms at once: from nothing, and again right after. */
import { takeTurns } from '../measure/rounds.ts';
import { nothingWarm, timedCall } from '../under-test/cold-call.ts';
import { HELLO } from '../under-test/functions.ts';
import { RuntimeUnderTest, type DriverUnderTest } from '../under-test/runtime.ts';
import { startServer } from '../yardsticks/servers.ts';
import { compared } from './figures.ts';
import type { Row, Scenario } from './row.ts';

const CALLS = 20;
const SERVER = 'bare node:http';
const GOAL_MS: Record<DriverUnderTest, number> = { docker: 500, process: 300 };

export const burst: Scenario = {
  name: 'burst',
  heading: '20 calls of 100 ms at once, first to last answer',
  drivers: ['docker', 'process'],
  rows: (driver): Row[] => [
    {
      id: 'burst-first',
      title: 'from nothing',
      unit: 'ms',
      yardstick: SERVER,
      goal: driver && { kind: 'at-most', limit: GOAL_MS[driver] },
    },
    { id: 'burst-second', title: 'again, right after', unit: 'ms', yardstick: SERVER, goal: null },
  ],
  async measure(bench, driver) {
    if (driver === null) return {};
    await using runtime = await RuntimeUnderTest.start({
      ...bench,
      driver,
      // Room for as many sandboxes as calls: how many to start is the runtime's choice.
      config: { functions: { hello: { source: HELLO, concurrency: CALLS, idleTimeout: '1s' } } },
    });
    await using server = await startServer();
    const both = async (): Promise<{ first: number; second: number }> => {
      await nothingWarm(runtime, 1);
      return { first: await burstOf(runtime.url), second: await burstOf(runtime.url) };
    };
    const taken = await takeTurns(
      {
        ours: both,
        yardstick: async () => ({ first: await burstOf(server.url), second: await burstOf(server.url) }),
      },
      { rounds: driver === 'docker' ? bench.samples(5, 1) : bench.samples(8, 1), warmUps: 1 },
    );
    const of = (which: 'first' | 'second') =>
      compared(
        taken.ours.map((sample) => sample[which]),
        taken.yardstick.map((sample) => sample[which]),
      );
    return { 'burst-first': of('first'), 'burst-second': of('second') };
  },
};

/** Milliseconds from the first connection to the last answer. */
export async function burstOf(url: string, path = '/hello?wait=100'): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CALLS }, () => timedCall(url, path)));
  return performance.now() - startedAt;
}
