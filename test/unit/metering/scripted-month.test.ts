/**
 * One month, billed by hand from each provider's published prices and by the report. The arithmetic stands beside each
 * figure, so that anyone can check it with a pocket calculator.
 *
 * The month, November 2026, UTC:
 *
 *   api     900 calls, warm, 512 MB, 120.25 ms each, peak 61 MB, 30.5 ms of CPU
 *   api     100 calls, cold, 512 MB, 120.25 ms after 300.5 ms of init, peak 61 MB, 30.5 ms of CPU
 *   report   50 calls, warm, 2,048 MB and 1,024 MB of /tmp, 4,000 ms each, peak 900 MB, 3,900 ms of CPU
 *   import   10 uploads (s3), warm, 128 MB, 800 ms each, events of 400,000 bytes, peak 100 MB, 500 ms of CPU
 *   refused  25 throttled calls of api: free everywhere
 *
 * One instance of api was ready for 200 s.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../runtime/core/log.ts';
import type { InvocationRecord } from '../../../runtime/core/types.ts';
import { findRateCard, RATE_CARDS } from '../../../runtime/metering/rate-cards/index.ts';
import { costReport } from '../../../runtime/metering/report.ts';
import { openStore } from '../../../runtime/store/open.ts';
import type { Store } from '../../../runtime/store/store.ts';
import { makeRecord } from '../store/harness.ts';

let folder: string;
let store: Store;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'faas-month-'));
  store = openStore(folder, { log: silentLogger });
  const noon = Date.UTC(2026, 10, 15, 12);
  const write = (count: number, overrides: Partial<InvocationRecord> & { initMs?: number }) => {
    const { initMs = null, ...rest } = overrides;
    const phases = { ...makeRecord().phases, initMs };
    for (let i = 0; i < count; i += 1)
      store.ledger.append(makeRecord({ receivedAt: noon + i, phases, ...rest }));
  };
  const api = { function: 'api', memoryMb: 512, durationMs: 120.25, maxMemoryMb: 61, cpuMs: 30.5 };
  write(900, api);
  write(100, { ...api, start: 'cold', coldReason: 'first', initMs: 300.5, coldStartMs: 350 });
  write(50, {
    function: 'report',
    memoryMb: 2048,
    tmpMb: 1024,
    durationMs: 4000,
    maxMemoryMb: 900,
    cpuMs: 3900,
  });
  write(10, {
    function: 'import',
    memoryMb: 128,
    durationMs: 800,
    maxMemoryMb: 100,
    cpuMs: 500,
    trigger: { type: 's3', source: 'photos' },
    requestBytes: 400_000,
  });
  store.instances.save({
    id: 'aaaaaaaaaaaa',
    function: 'api',
    revision: 'abcdef012345',
    driver: 'process',
    memoryMb: 512,
    states: [
      { state: 'starting', at: noon - 400 },
      { state: 'idle', at: noon },
      { state: 'stopping', at: noon + 200_000 },
    ],
    endReason: 'idle',
    calls: 1000,
    peakMemoryMb: 61,
  });
  write(25, { ...api, outcome: 'throttled', start: null, durationMs: 0, maxMemoryMb: null, cpuMs: null });
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Bill {
  billedMs: number;
  gbSeconds: string;
  requestsUsd: string;
  computeUsd: string;
  tmpUsd: string;
  totalUsd: string;
}

const bills: [card: string, Bill][] = [
  [
    'aws-lambda-x86-2025-08-01',
    {
      // api warm 900 x 121, cold 100 x ceil(420.75) = 421, report 50 x 4,000, import 10 x 800
      // 108,900 + 42,100 + 200,000 + 8,000
      billedMs: 359_000,
      // 0.5 GB x 151.0 s = 75.5; 2 GB x 200 s = 400; 0.125 GB x 8 s = 1
      gbSeconds: '476.5',
      // 1,060 requests; each of the 10 uploads has 400,000 - 262,144 = 137,856 bytes above 256 KB: 3 chunks of 64 KB more
      // (1,060 + 30) x 0.0000002
      requestsUsd: '0.000218',
      // 476.5 x 0.0000166667
      computeUsd: '0.00794168255',
      // 0.5 GB above 512 MB x 200 s = 100 GB-s x 0.0000000309
      tmpUsd: '0.00000309',
      totalUsd: '0.00816277255',
    },
  ],
  [
    'aws-lambda-x86-2022-08-01',
    {
      // Init is free: api 1,000 x 121
      billedMs: 329_000,
      // 0.5 x 121 + 400 + 1
      gbSeconds: '461.5',
      requestsUsd: '0.000218',
      // 461.5 x 0.0000166667
      computeUsd: '0.00769168205',
      tmpUsd: '0.00000309',
      totalUsd: '0.00791277205',
    },
  ],
  [
    'aws-lambda-arm64-2025-08-01',
    {
      billedMs: 359_000,
      gbSeconds: '476.5',
      requestsUsd: '0.000218',
      // 476.5 x 0.0000133334
      computeUsd: '0.0063533651',
      tmpUsd: '0.00000309',
      totalUsd: '0.0065744551',
    },
  ],
  [
    'aws-lambda-arm64-2022-08-01',
    {
      billedMs: 329_000,
      gbSeconds: '461.5',
      requestsUsd: '0.000218',
      // 461.5 x 0.0000133334
      computeUsd: '0.0061533641',
      tmpUsd: '0.00000309',
      totalUsd: '0.0063744541',
    },
  ],
  [
    'google-cloud-run-functions-2024-08-21',
    {
      // In steps of 100 ms: api warm 900 x 200, cold 100 x 500 (420.75), report 50 x 4,000, import 10 x 800
      billedMs: 438_000,
      // 0.5 x 230 + 2 x 200 + 0.125 x 8
      gbSeconds: '516',
      // 1,060 x 0.0000004
      requestsUsd: '0.000424',
      // vCPU-s: 0.333 x 230 + 1 x 200 + 0.083 x 8 = 76.59 + 200 + 0.664 = 277.254
      // 277.254 x 0.000024 = 0.006654096; 516 x 0.0000025 = 0.00129
      computeUsd: '0.007944096',
      tmpUsd: '0',
      totalUsd: '0.008368096',
    },
  ],
  [
    'azure-functions-consumption-2016-11-15',
    {
      // 1,000 x 121 + 50 x 4,000 + 10 x 800; init is not billed
      billedMs: 329_000,
      // Observed memory in steps of 128 MB: api 61 -> 128, report 900 -> 1,024, import 100 -> 128
      // 0.125 x 121 + 1 x 200 + 0.125 x 8 = 15.125 + 200 + 1
      gbSeconds: '216.125',
      // 1,060 x 0.0000002
      requestsUsd: '0.000212',
      // 216.125 x 0.000016
      computeUsd: '0.003458',
      tmpUsd: '0',
      totalUsd: '0.00367',
    },
  ],
  [
    'azure-functions-flex-2024-11-19',
    {
      // At least 1,000 ms, then steps of 100: api 1,000 x 1,000, report 50 x 4,000, import 10 x 1,000
      billedMs: 1_210_000,
      // Instance sizes 512, 2,048, 4,096: 0.5 x 1,000 + 2 x 200 + 0.5 x 10
      gbSeconds: '905',
      // 1,060 x 0.0000004
      requestsUsd: '0.000424',
      // 905 x 0.000026
      computeUsd: '0.02353',
      tmpUsd: '0',
      totalUsd: '0.023954',
    },
  ],
  [
    'cloudflare-workers-2023-10-31',
    {
      billedMs: 329_000,
      // Not billed there; what the memory would come to.
      gbSeconds: '461.5',
      // 1,060 x 0.0000003
      requestsUsd: '0.000318',
      // CPU ms: 1,000 x 30.5 + 50 x 3,900 + 10 x 500 = 30,500 + 195,000 + 5,000 = 230,500 x 0.00000002
      computeUsd: '0.00461',
      tmpUsd: '0',
      totalUsd: '0.004928',
    },
  ],
  [
    'ibm-cloud-functions-2016-12-12',
    {
      // As Cloud Run: steps of 100 ms with init
      billedMs: 438_000,
      gbSeconds: '516',
      requestsUsd: '0',
      // 516 x 0.000017
      computeUsd: '0.008772',
      tmpUsd: '0',
      totalUsd: '0.008772',
    },
  ],
];

describe('the bill of the scripted month', () => {
  it.each(bills)('by %s is what the published prices come to', (id, bill) => {
    const { totals } = costReport(store, { rates: findRateCard(id) });
    const { billedMs, gbSeconds, requestsUsd, computeUsd, tmpUsd, totalUsd } = totals;
    const shown = { gbSeconds, requestsUsd, computeUsd, tmpUsd, totalUsd };
    expect({
      billedMs,
      ...Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, value.toString()])),
    }).toEqual(bill);
    expect(totals).toMatchObject({ invocations: 1085, coldStarts: 100, throttled: 25, unpriced: 0 });
  });

  it('is written for every card there is', () => {
    expect(bills.map(([id]) => id).toSorted()).toEqual(RATE_CARDS.map(({ id }) => id).toSorted());
  });
});

describe('beside the bill of the scripted month', () => {
  const text = (value: { toString(): string } | null | undefined) => value?.toString();

  it('the invoice without what is free each month is that of /tmp, which is never free above 512 MB', () => {
    // 1,090 requests of 1,000,000 and 476.5 GB-s of 400,000 are free; 100 GB-s of /tmp x 0.0000000309 are not.
    const { invoice } = costReport(store, { freeTier: true });
    expect(invoice.months.map(({ month, totalUsd }) => [month, text(totalUsd)])).toEqual([
      ['2026-11', '0.00000309'],
    ]);
    // 0.00816277255 - 0.00000309
    expect(text(invoice.savedUsd)).toBe('0.00815968255');
  });

  it('api would do with a quarter of its memory, and held more than it used', () => {
    const { waste } = costReport(store);
    const api = waste.find(({ function: name }) => name === 'api');
    // 61 MB and a fifth are 73.2: 128 MB. 151 s are billed: 0.5 and 0.125 GB x 151 s x 0.0000166667
    expect(api).toMatchObject({ memoryMb: 512, peakMemoryMb: 61, suggestedMemoryMb: 128, instances: 1 });
    expect(text(api?.computeUsd)).toBe('0.00125833585');
    expect(text(api?.suggestedComputeUsd)).toBe('0.0003145839625');
    // It ran for 1,000 x 120.25 ms of its 200 s: 0.5 GB x 120.25 s and 0.5 GB x 79.75 s
    expect(text(api?.busyGbSeconds)).toBe('60.125');
    expect(text(api?.idleGbSeconds)).toBe('39.875');
  });

  it('a thousand times as many calls cost a thousand times as much, less what is free', () => {
    const { projection } = costReport(store, { project: 1_060_000, freeTier: true });
    // 1,090,000 requests - 1,000,000 = 90,000 x 0.0000002; 476,500 GB-s - 400,000 = 76,500 x 0.0000166667; 1,000 x 0.00000309
    expect(text(projection?.bill.requestsUsd)).toBe('0.018');
    expect(text(projection?.bill.computeUsd)).toBe('1.27500255');
    expect(text(projection?.bill.tmpUsd)).toBe('0.00309');
    expect(text(projection?.bill.totalUsd)).toBe('1.29609255');
  });
});
