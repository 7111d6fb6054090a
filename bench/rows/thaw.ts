/** What a frozen sandbox adds to a warm call. */
import { setTimeout } from 'node:timers/promises';
import { HttpConnection } from '../load/http-connection.ts';
import { HELLO } from '../under-test/functions.ts';
import { RuntimeUnderTest, type DriverUnderTest } from '../under-test/runtime.ts';
import { alone } from './figures.ts';
import type { Row, Scenario } from './row.ts';

const GOAL_MS: Record<DriverUnderTest, number> = { docker: 20, process: 1 };
const FROZEN_WITHIN_MS = 5000;
/** The calls right after a thaw find cold caches; the last of these is what is called warm. */
const CALLS_AFTER = 3;

export const thaw: Scenario = {
  name: 'thaw',
  heading: 'Thaw: a call that finds its sandbox frozen, less a warm call',
  drivers: ['docker', 'process'],
  rows: (driver): Row[] => [
    {
      id: 'thaw',
      title: 'added by the thaw',
      unit: 'ms',
      yardstick: null,
      goal: driver && { kind: 'at-most', limit: GOAL_MS[driver] },
    },
  ],
  async measure(bench, driver) {
    if (driver === null) return {};
    await using runtime = await RuntimeUnderTest.start({
      ...bench,
      driver,
      config: { functions: { hello: { source: HELLO, freeze: '100ms' } } },
    });
    const connection = await HttpConnection.open(runtime.url);
    try {
      const request = connection.prepare({ path: '/hello' });
      const call = async (): Promise<number> => (await connection.send(request)).ms;
      await call();
      const added: number[] = [];
      for (let left = bench.samples(15, 3); left > 0; left--) {
        await frozen(runtime);
        const ms = await call();
        let warm = 0;
        for (let after = 0; after < CALLS_AFTER; after++) warm = await call();
        added.push(ms - warm);
      }
      return { thaw: alone(added) };
    } finally {
      connection.close();
    }
  },
};

async function frozen(runtime: RuntimeUnderTest): Promise<void> {
  const deadline = performance.now() + FROZEN_WITHIN_MS;
  while ((await runtime.instances('hello')).some(({ state }) => state !== 'frozen')) {
    if (performance.now() > deadline) throw new Error('an idle sandbox was not frozen');
    await setTimeout(20);
  }
}
