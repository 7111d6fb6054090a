/** Reports beside a runtime that serves calls: they must not hold its thread. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { FaasError } from '../core/errors.ts';
import type { Store } from '../store/store.ts';
import { answer } from './report-request.ts';
import type { ReportRequest } from './report-request.ts';
import type { ReportAnswer } from './report-worker.ts';

/** Below so many records a thread takes longer to start than the report takes: some 10 ms. */
const FEW_RECORDS = 5000;

/**
 * Answers report requests with JSON text, large ledgers in a thread of its own. One thread at a time: each may need
 * 100 MB, and two cores are not faster with five of them.
 */
export function createReporter(dataDir: string, store: Store): (request: ReportRequest) => Promise<string> {
  let last: Promise<unknown> = Promise.resolve();
  return async (request) => {
    if (recordCount(store) <= FEW_RECORDS) return answer(store, request);
    // The thread has a connection of its own, which sees what is written.
    store.ledger.flush();
    const turn = last.then(() => inThread(dataDir, request));
    last = turn.catch(() => {});
    return turn;
  };
}

/** By row ids, without counting a million of them. */
function recordCount({ database }: Store): number {
  const row = database.prepare('SELECT coalesce(max(id) - min(id) + 1, 0) AS count FROM records').get();
  return Number(row?.['count']);
}

async function inThread(dataDir: string, request: ReportRequest): Promise<string> {
  const worker = new Worker(workerFile(), { workerData: { dataDir, request } });
  try {
    const [message] = await once(worker, 'message');
    // The cast: the worker is ours.
    const result = message as ReportAnswer;
    if ('text' in result) return result.text;
    const { code, message: what, expected, got, remedy } = result.error;
    throw new FaasError(code, what, {
      ...(expected !== undefined && { expected }),
      ...(got !== undefined && { got }),
      ...(remedy !== undefined && { remedy }),
    });
  } finally {
    await worker.terminate();
  }
}

/** The source, or what scripts/build.ts made of it; both are in `metering/`, one folder up. */
const workerFile = (): URL =>
  new URL(`../metering/report-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
