/** The simulation against the real thing: the same calls, the same settings, the same number of cold starts. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../../../runtime/core/log.ts';
import { DEFAULT_RATE_CARD } from '../../../runtime/metering/rate-cards/index.ts';
import { openStore } from '../../../runtime/store/open.ts';
import { readRecorded } from '../../../runtime/what-if/recorded.ts';
import { simulate } from '../../../runtime/what-if/simulate.ts';
import { behaviour, startFaas, workspace } from '../../support/faas.ts';

const IDLE_MS = 1500;
/** Longer than a burst of starts takes: who serves whom is then the pool's decision and not a race of milliseconds. */
const CALL_MS = 2000;
const BURSTS = [1, 5, 3, 6, 2, 6, 4, 1, 6, 5];

test('simulating the settings in force finds the recorded cold starts, within 2 %', async () => {
  await using place = await workspace();
  await mkdir(join(place.folder, 'slow'));
  await writeFile(
    join(place.folder, 'slow/index.mjs'),
    `export const handler = () => new Promise((resolve) => setTimeout(resolve, ${CALL_MS}, 'done'));`,
  );
  const faas = await startFaas(place.folder, {
    driver: 'process',
    functions: {
      slow: { source: './slow', idleTimeout: IDLE_MS / 1000, concurrency: 6 },
      quick: { source: behaviour('echo'), idleTimeout: IDLE_MS / 1000, concurrency: 4 },
    },
  });
  try {
    for (const [index, size] of BURSTS.entries()) {
      const slow = Array.from({ length: size }, () => call(faas.url, 'slow', 1));
      await Promise.all([...slow, call(faas.url, 'quick', 25)]);
      // Now and then everything has gone cold.
      await pause(index % 2 === 0 ? IDLE_MS * 2 : 100);
    }
  } finally {
    await faas.stop();
  }

  const store = openStore(faas.dataDir, { log: silentLogger, readOnly: true });
  const functions = store.functions.all();
  const names = functions.map(({ settings }) => settings.name);
  const { arrivals, profile, happened } = readRecorded(store, names, {});
  store.close();
  expect(happened.calls).toBe(faas.records.length);
  expect(happened.calls).toBeGreaterThan(250);
  expect(happened.coldStarts).toBeGreaterThan(20);

  const result = await simulate({
    functions,
    arrivals,
    profile,
    prewarm: 1,
    memoryBudgetMb: undefined,
    parallelStarts: availableParallelism(),
    rates: DEFAULT_RATE_CARD,
  });
  expect(result.calls).toBe(happened.calls);
  // Two per cent of so few is less than one.
  const allowed = Math.round(happened.coldStarts * 0.02);
  expect(Math.abs(result.coldStarts - happened.coldStarts)).toBeLessThanOrEqual(allowed);
});

async function call(url: string, path: string, times: number): Promise<void> {
  for (let made = 0; made < times; made += 1) await (await fetch(`${url}/${path}`)).text();
}

/** The gap between two bursts is what is tested here, and no condition ends it. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
