/** `faas dev`: from a save to the first answer of the new code, while requests keep coming. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { RuntimeUnderTest } from '../under-test/runtime.ts';
import { SteadyCaller } from '../under-test/steady-caller.ts';
import { alone } from './figures.ts';
import type { Bench, Scenario } from './row.ts';

/** Somebody who saves, looks at the answer and goes on writing: between that answer and the next save, in turn. */
const PAUSES_MS = [900, 1000, 1200];
/** Saves without looking, as formatters and checkouts make them: between two of them, in turn. */
const RAPID_PAUSES_MS = [10, 20, 30, 60];
/** One page that is kept open and asks again and again; several, while nobody looks. */
const CALLERS = 1;
const MORE_CALLERS = 3;
/** A machine that is slow times fewer of the saves. */
const TIMED_WITHIN_MS = 25_000;
const FEWEST_TIMED = 5;

export const dev: Scenario = {
  name: 'dev',
  heading: 'faas dev: a save to the first answer of the new code, under load',
  drivers: ['docker', 'process'],
  rows: [
    {
      id: 'dev-reload',
      title: 'save to new answer',
      unit: 'ms',
      yardstick: null,
      goal: { kind: 'at-most', limit: 100 },
    },
    {
      id: 'dev-failed',
      title: 'requests failed or stale',
      unit: 'count',
      yardstick: null,
      goal: { kind: 'at-most', limit: 0 },
    },
  ],
  async measure(bench, driver) {
    if (driver === null) return {};
    const source = join(bench.folder, `dev-${driver}`);
    await mkdir(source);
    let version = 0;
    const save = (): Promise<void> => writeFile(join(source, 'index.js'), sourceOf(++version));
    await save();
    await using runtime = await RuntimeUnderTest.start({
      ...bench,
      driver,
      command: 'dev',
      config: { functions: { app: { source } } },
    });
    const caller = SteadyCaller.start(runtime.url, '/app', CALLERS);
    const times = await timedSaves(bench, async () => {
      const savedAt = performance.now();
      await save();
      return (await caller.seen(version)) - savedAt;
    });
    const more = SteadyCaller.start(runtime.url, '/app', MORE_CALLERS);
    const rapid = bench.samples(200, 10) - times.length;
    for (const pauseMs of inTurn(RAPID_PAUSES_MS, rapid)) {
      await save();
      await setTimeout(pauseMs);
    }
    await caller.seen(version);
    const calls = [await caller.stop(), await more.stop()];
    const sum = (figure: 'answered' | 'failures' | 'stale'): number =>
      calls.reduce((total, one) => total + one[figure], 0);
    const what = `${sum('answered').toLocaleString('en-US')} requests during ${times.length + rapid} saves`;
    const first = calls.find(({ firstFailure }) => firstFailure !== null)?.firstFailure;
    return {
      'dev-reload': alone(times),
      'dev-failed': alone(
        [sum('failures') + sum('stale')],
        first === undefined ? what : `${what}; first: ${first}`,
      ),
    };
  },
};

async function timedSaves({ samples }: Bench, timedSave: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  const endsAt = performance.now() + TIMED_WITHIN_MS;
  for (const pauseMs of inTurn(PAUSES_MS, samples(10, 3))) {
    if (times.length >= FEWEST_TIMED && performance.now() > endsAt) break;
    await setTimeout(pauseMs);
    times.push(await timedSave());
  }
  return times;
}

const inTurn = (pauses: readonly number[], count: number): number[] =>
  Array.from({ length: count }, (_, index) => pauses[index % pauses.length] ?? 0);

const sourceOf = (version: number): string =>
  `export const handler = async () => ({ statusCode: 200, body: '${version}' });\n`;
