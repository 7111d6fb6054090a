import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { allDue, openTestStore, tempDir } from './harness.ts';

/** What a kill -9 may cost: one batch. */
const BATCH = 100;

const from = (path: string) => JSON.stringify(new URL(`../../../runtime/${path}`, import.meta.url).href);

/**
 * Commits an event, appends ten records, says so, again and again: `n` on stdout means that event n was
 * acknowledged and 10 * (n + 1) records were appended.
 */
const WRITER = `
  import { writeSync } from 'node:fs';
  import { silentLogger } from ${from('core/log.ts')};
  import { openStore } from ${from('store/open.ts')};
  const store = openStore(process.argv[1], { log: silentLogger });
  const record = { function: 'f', trigger: { type: 'direct', source: null }, outcome: 'success', phases: {
    queueMs: null, provisionMs: null, bootMs: null, initMs: null, thawMs: null, handlerMs: null,
  }, revision: null, instance: null, errorType: null, errorMessage: null, start: 'warm', coldReason: null,
    coldStartMs: 0, durationMs: 1, billedMs: 1, memoryMb: 128, maxMemoryMb: null, cpuMs: null, tmpMb: 512, tmpUsedMb: null,
    requestBytes: 0, responseBytes: 0, attempt: 1, parentRequestId: null };
  const event = { function: 'f', payload: Buffer.alloc(2000), trigger: record.trigger, parentRequestId: null };
  for (let n = 0; ; n += 1) {
    store.transaction(() => store.queue.enqueue({ ...event, requestId: String(n) }));
    for (let i = n * 10; i < (n + 1) * 10; i += 1) {
      store.ledger.append({ ...record, requestId: String(i), receivedAt: i });
    }
    writeSync(1, n + '\\n');
  }
`;

/** Runs a writer until it has acknowledged `enough`, kills it with -9 and gives the last acknowledged number. */
async function writeAndKill(dataDir: string, enough: number): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', WRITER, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last >= enough) child.kill('SIGKILL');
  }
  return last;
}

it.each([0, 37, 150, 1234])(
  'kill -9 after %i commits loses no acknowledged event and at most the last batch of records',
  async (enough) => {
    const dataDir = tempDir();
    const last = await writeAndKill(dataDir, enough);
    expect(last).toBeGreaterThanOrEqual(enough);

    const { store } = openTestStore(dataDir);
    const events = allDue(store.queue, Infinity).map((event) => event.requestId);
    expect(events.slice(0, last + 1)).toEqual(Array.from({ length: last + 1 }, (_, n) => String(n)));
    const records = [...store.ledger.records()].map((record) => record.requestId);
    expect(records.length).toBeGreaterThanOrEqual((last + 1) * 10 - BATCH);
    expect(records).toEqual(Array.from({ length: records.length }, (_, i) => String(i)));
    expect(store.database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  },
);
