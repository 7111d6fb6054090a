/** `faas dev`: from a save to the first answer of the new code, while requests keep coming. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { RuntimeUnderTest } from '../under-test/runtime.ts';
import { SteadyCaller } from '../under-test/steady-caller.ts';
import { alone } from './figures.ts';
import type { Scenario } from './row.ts';

/** Between the new answer and the next save. */
const PAUSE_MS = 250;
const CALLERS = 2;
/** A machine that is slow takes fewer samples. */
const WITHIN_MS = 45_000;

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
    const save = (version: number): Promise<void> => writeFile(join(source, 'index.js'), sourceOf(version));
    await save(0);
    await using runtime = await RuntimeUnderTest.start({
      ...bench,
      driver,
      command: 'dev',
      config: { functions: { app: { source } } },
    });
    const caller = SteadyCaller.start(runtime.url, '/app', CALLERS);
    const times: number[] = [];
    const endsAt = performance.now() + WITHIN_MS;
    for (let version = 1; version <= bench.samples(100, 3) && performance.now() < endsAt; version++) {
      await setTimeout(PAUSE_MS);
      const savedAt = performance.now();
      await save(version);
      times.push((await caller.seen(version)) - savedAt);
    }
    const { failures, stale, answered, firstFailure } = await caller.stop();
    const what = `${answered.toLocaleString('en-US')} requests during ${times.length} saves`;
    return {
      'dev-reload': alone(times),
      'dev-failed': alone(
        [failures + stale],
        firstFailure === null ? what : `${what}; first: ${firstFailure}`,
      ),
    };
  },
};

const sourceOf = (version: number): string =>
  `export const handler = async () => ({ statusCode: 200, body: '${version}' });\n`;
