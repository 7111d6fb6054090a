/** Sends traces where an endpoint is named; else nothing is loaded and nothing is paid. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Runtime } from '../../runtime/api.ts';
import type { InvocationRecord } from '../../runtime/core/types.ts';
import { traceTarget } from './settings.ts';
import type { FromTelemetry, TelemetryOptions, ToTelemetry } from './worker.ts';

export interface Telemetry {
  /** Sends what is left, within a few seconds. */
  close(): Promise<void>;
}

/** Records go to the thread in batches: what is sent at a time is copied at a time. */
const BATCH_MS = 200;
const BATCH_RECORDS = 500;
const CLOSE_MS = 5000;

export function startTelemetry({ config, events, log }: Runtime, version: string): Telemetry | undefined {
  const target = traceTarget(config.telemetry, process.env);
  if (target === undefined) return undefined;
  const thread = startThread({ ...target, version });
  thread.on('message', (message: FromTelemetry) => {
    if (message !== 'closed') log.warn(`traces cannot be sent to ${target.url}: ${message.failure}`);
  });
  thread.on('error', (error) => log.warn(`traces are no longer sent: ${error.message}`));

  let held: InvocationRecord[] = [];
  let timer: NodeJS.Timeout | undefined;
  const send = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (held.length > 0) post(thread, { records: JSON.stringify(held) });
    held = [];
  };
  const add = (record: InvocationRecord): void => {
    held.push(record);
    if (held.length >= BATCH_RECORDS) send();
    else timer ??= setTimeout(send, BATCH_MS).unref();
  };
  events.on('record', add);

  return {
    async close() {
      events.off('record', add);
      send();
      await closed(thread);
    },
  };
}

/** In dist/ as in the sources, its program is one folder up and one down from here. */
function startThread(workerData: TelemetryOptions): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = fileURLToPath(new URL(`../telemetry/worker.${extension}`, import.meta.url));
  const thread = new Worker(file, { workerData });
  thread.unref();
  return thread;
}

async function closed(thread: Worker): Promise<void> {
  const done = Promise.withResolvers<void>();
  thread.on('message', (message: FromTelemetry) => {
    if (message === 'closed') done.resolve();
  });
  thread.once('exit', () => done.resolve());
  const timer = setTimeout(() => done.resolve(), CLOSE_MS);
  post(thread, 'close');
  await done.promise;
  clearTimeout(timer);
  await thread.terminate();
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const post = (thread: Worker, message: ToTelemetry): void => thread.postMessage(message);
