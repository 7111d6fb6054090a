/** The thread that makes and sends spans: a span costs 12 us, two a warm call, which the calls should not wait for. */
import { parentPort, workerData } from 'node:worker_threads';
import type { InvocationRecord } from '../../runtime/core/types.ts';
import { createTraces, type TraceOptions } from './traces.ts';

export type TelemetryOptions = Omit<TraceOptions, 'onFailure'>;

/** Records as JSON text, which is copied faster than they are; or the end. */
export type ToTelemetry = { records: string } | 'close';
export type FromTelemetry = { failure: string } | 'closed';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const say = (message: FromTelemetry): void => parentPort?.postMessage(message);

const traces = createTraces({
  ...(workerData as TelemetryOptions), // by index.ts
  onFailure: (failure) => say({ failure }),
});

parentPort?.on('message', (message: ToTelemetry) => {
  if (message === 'close') return void traces.close().finally(() => say('closed'));
  // Written by index.ts.
  for (const record of JSON.parse(message.records) as InvocationRecord[]) traces.add(record);
});
