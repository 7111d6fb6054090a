/**
 * What recording adds to a warm call, in CPU time of the runtime: on a busy machine that is steady where throughput is
 * not, and on a busy runtime it is what throughput is made of.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { takeTurns } from '../measure/rounds.ts';
import { HELLO } from '../under-test/functions.ts';
import { cpuMsPerRecord } from '../under-test/ledger.ts';
import { cpuMs } from '../under-test/processes.ts';
import { RuntimeUnderTest } from '../under-test/runtime.ts';
import { warmUp } from '../under-test/warm-up.ts';
import { compared } from './figures.ts';
import type { Bench, Row, Scenario } from './row.ts';

const row = (id: string, title: string, yardstick: string): Row => ({
  id,
  title,
  unit: 'ms',
  yardstick,
  goal: { kind: 'times-at-most', limit: 1.05 },
});

const CONNECTIONS = 4;
const CALLS = 500;

export const recording: Scenario = {
  name: 'recording',
  heading: 'Recording: CPU time of the runtime a warm call',
  drivers: ['process'],
  rows: [
    row('recording-ledger', 'with its record', 'the same without'),
    row('recording-events', 'with its event kept for replay', 'not kept'),
  ],
  async measure(bench) {
    const folder = await mkdtemp(join(bench.folder, 'recording-'));
    try {
      // Two functions of one runtime: two runtimes differ by more than what is measured here.
      const hello = { source: HELLO, freeze: 'off' };
      const functions = { plain: hello, kept: { ...hello, record: { events: true } } };
      await using runtime = await RuntimeUnderTest.start({
        ...bench,
        driver: 'process',
        config: { functions },
      });
      await warmUp(runtime, 'plain', CONNECTIONS);
      await warmUp(runtime, 'kept', CONNECTIONS);
      const turns = await takeTurns(
        {
          plain: () => cpuMsPerCall(bench, runtime, '/plain'),
          kept: () => cpuMsPerCall(bench, runtime, '/kept'),
          record: async () => cpuMsPerRecord(folder),
        },
        { rounds: bench.samples(30, 2), warmUps: bench.samples(4, 1), withinMs: 5000 },
      );
      return {
        // No runtime is without a ledger: what a record takes by itself is subtracted.
        'recording-ledger': compared(
          turns.plain,
          turns.plain.map((call, index) => call - (turns.record[index] ?? 0)),
        ),
        'recording-events': compared(turns.kept, turns.plain),
      };
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

async function cpuMsPerCall({ load }: Bench, { url, pid }: RuntimeUnderTest, path: string): Promise<number> {
  const calls = { url, path, method: 'GET', bodyBytes: 0, warmUpMs: 0, durationMs: 30_000 };
  const run = (requests: number) => load.run({ ...calls, connections: CONNECTIONS, requests });
  // The first calls after others find cold caches.
  await run(CALLS / 10);
  const before = await cpuMs(pid);
  const { requests } = await run(CALLS);
  return ((await cpuMs(pid)) - before) / requests;
}
