/** The thread of report-thread.ts: one report over a connection of its own, then it ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { toFaasError } from '../core/errors.ts';
import { silentLogger } from '../core/log.ts';
import { openStore } from '../store/open.ts';
import { answer } from './report-request.ts';
import type { ReportRequest } from './report-request.ts';

/** An error's class does not survive the way between threads; what it says does. */
export type ReportAnswer =
  | { text: string }
  | { error: Pick<ReturnType<typeof toFaasError>, 'code' | 'message' | 'expected' | 'got' | 'remedy'> };

// The cast: report-thread.ts is the only one that starts this file.
const { dataDir, request } = workerData as { dataDir: string; request: ReportRequest };
// oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(work());

function work(): ReportAnswer {
  try {
    const store = openStore(dataDir, { log: silentLogger, readOnly: true });
    try {
      return { text: answer(store, request) };
    } finally {
      store.close();
    }
  } catch (error) {
    const { code, message, expected, got, remedy } = toFaasError(error);
    return { error: { code, message, expected, got, remedy } };
  }
}
