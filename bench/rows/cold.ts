/** Cold starts: an HTTP request that finds nothing warm, to its answer. */
import { takeTurns } from '../measure/rounds.ts';
import { HELLO } from '../under-test/functions.ts';
import { coldCall } from '../under-test/cold-call.ts';
import { RuntimeUnderTest, type DriverUnderTest } from '../under-test/runtime.ts';
import { nodeStart, timeCommand } from '../yardsticks/commands.ts';
import { rawContainerStart } from '../yardsticks/engine.ts';
import { compared } from './figures.ts';
import type { Bench, Measured, Row, Scenario } from './row.ts';

const ROWS: Record<DriverUnderTest, Row[]> = {
  docker: [
    {
      id: 'cold-prewarmed',
      title: 'prewarmed',
      unit: 'ms',
      yardstick: 'docker run --rm',
      goal: { kind: 'times-faster', limit: 50 },
    },
    {
      id: 'cold-fresh',
      title: 'not prewarmed',
      unit: 'ms',
      yardstick: 'Engine API, raw',
      goal: { kind: 'times-at-most', limit: 1.15 },
    },
  ],
  process: [
    {
      id: 'cold-prewarmed',
      title: 'prewarmed',
      unit: 'ms',
      yardstick: 'node -e 0',
      goal: { kind: 'times-at-most', limit: 0.25 },
    },
    {
      id: 'cold-fresh',
      title: 'not prewarmed',
      unit: 'ms',
      yardstick: 'node -e 0',
      goal: { kind: 'times-at-most', limit: 1.3 },
    },
  ],
};

/** Prewarmed or not is a setting of the whole runtime, hence a scenario of its own for each row. */
function scenario(id: 'cold-prewarmed' | 'cold-fresh', heading: string): Scenario {
  return {
    name: id,
    heading,
    drivers: ['docker', 'process'],
    rows: (driver) => (driver ? ROWS[driver].filter((row) => row.id === id) : []),
    measure: async (bench, driver) => {
      if (driver === null) return {};
      return { [id]: await measureCold(bench, driver, id === 'cold-prewarmed' ? 1 : 0) };
    },
  };
}

export const coldPrewarmed = scenario('cold-prewarmed', 'Cold start, HTTP request to answer');
export const coldFresh = scenario('cold-fresh', 'Cold start without prewarming');

/** On a machine with other work a sandbox may look ready and not be. */
const ATTEMPTS = 5;

async function measureCold(bench: Bench, driver: DriverUnderTest, prewarmed: 0 | 1): Promise<Measured> {
  await using runtime = await RuntimeUnderTest.start({
    ...bench,
    driver,
    // Ends after every call: each is a cold start.
    config: { prewarm: prewarmed, functions: { hello: { source: HELLO, idleTimeout: 0 } } },
  });
  const wanted = prewarmed ? 'prewarmed' : 'cold';
  let discarded = 0;
  const oneCall = async (): Promise<number> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { ms, start } = await coldCall(runtime, '/hello', { prewarmed });
      if (start === wanted) return ms;
      discarded += 1;
    }
    throw new Error(`calls were to start ${wanted} and did not, ${ATTEMPTS} times in a row`);
  };
  const yardstick = await yardstickOf(bench, driver, prewarmed);
  const rounds = driver === 'docker' ? bench.samples(16, 2) : bench.samples(40, 5);
  const taken = await takeTurns({ ours: oneCall, yardstick }, { rounds, warmUps: bench.samples(2, 1) });
  const note = discarded > 0 ? `${discarded} calls did not start ${wanted} and are not counted` : undefined;
  return compared(taken.ours, taken.yardstick, note);
}

async function yardstickOf(
  bench: Bench,
  driver: DriverUnderTest,
  prewarmed: 0 | 1,
): Promise<() => Promise<number>> {
  if (driver === 'process') return nodeStart;
  const image = await bench.image();
  if (!prewarmed) return () => rawContainerStart(image);
  // Timed to the line, not to the end of the command: what comes after the line is not waited for by anybody.
  const command = ['docker', 'run', '--rm', image, 'node', '-e', 'console.log("ready")'];
  return async () => (await timeCommand(command)).firstOutputMs ?? Number.NaN;
}
