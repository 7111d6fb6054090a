/** Reports while a runtime serves: the same as in this thread, without holding it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaasError } from '../../../runtime/core/errors.ts';
import { silentLogger } from '../../../runtime/core/log.ts';
import { RATE_CARDS } from '../../../runtime/metering/rate-cards/index.ts';
import { answer } from '../../../runtime/metering/report-request.ts';
import type { ReportRequest } from '../../../runtime/metering/report-request.ts';
import { createReporter } from '../../../runtime/metering/report-thread.ts';
import { openStore } from '../../../runtime/store/open.ts';
import type { Store } from '../../../runtime/store/store.ts';
import { writeLedger } from '../../support/ledger.ts';
import { makeRecord } from '../../unit/store/harness.ts';

let folder: string;
let store: Store;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'faas-reports-'));
  writeLedger(folder, { records: 30_000 });
  store = openStore(folder, { log: silentLogger });
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const requests: [what: string, ReportRequest][] = [
  ['a report', { kind: 'cost', query: {} }],
  [
    'a report by hour with pictures',
    { kind: 'cost', query: { by: 'hour', charts: true, project: 'recorded' } },
  ],
  [
    'a report with living instances',
    { kind: 'cost', query: { live: [{ function: 'webhook', memoryMb: 128, from: 0, to: 9e12 }] } },
  ],
  ['a comparison', { kind: 'comparison', query: { freeTier: true }, cards: RATE_CARDS }],
];

describe('a report of a large ledger', () => {
  it.each(requests)('%s is the same as without a thread, to the last character', async (_, request) => {
    const report = createReporter(folder, store);
    expect(await report(request)).toBe(answer(store, request));
  });

  it('lets the runtime run in the meantime', async () => {
    const report = createReporter(folder, store);
    let turns = 0;
    let done = false;
    const turn = (): void => {
      turns += 1;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    await report({ kind: 'cost', query: { by: 'hour', charts: true } });
    done = true;
    expect(turns).toBeGreaterThan(100);
  });

  it('has what was recorded a moment ago', async () => {
    const report = createReporter(folder, store);
    const before = JSON.parse(await report({ kind: 'cost', query: {} })).totals.invocations;
    store.ledger.append(makeRecord());
    const after = JSON.parse(await report({ kind: 'cost', query: {} })).totals.invocations;
    expect(after).toBe(before + 1);
  });

  it('answers several that are asked at once', async () => {
    const report = createReporter(folder, store);
    const texts = await Promise.all([1, 2, 3].map(() => report({ kind: 'cost', query: {} })));
    expect(new Set(texts).size).toBe(1);
  });

  it('that fails says what failed, and the next one is made', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'faas-reports-'));
    try {
      writeFileSync(join(elsewhere, 'faas.db'), 'this is no database, it only has its name. '.repeat(100));
      const report = createReporter(elsewhere, store);
      const first = report({ kind: 'cost', query: {} });
      await expect(first).rejects.toBeInstanceOf(FaasError);
      await expect(first).rejects.toMatchObject({ code: 'StoreFailed', remedy: expect.any(String) });
      await expect(report({ kind: 'cost', query: {} })).rejects.toMatchObject({ code: 'StoreFailed' });
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });
});
