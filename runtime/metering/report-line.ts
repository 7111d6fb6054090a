/** The REPORT line of an invocation, as AWS Lambda writes it in text format. Pure. */
import type { InvocationRecord } from '../core/types.ts';

/**
 * `REPORT RequestId: <id>\tDuration: 3.01 ms\tBilled Duration: 4 ms\t…`, on one line and without its newline.
 *
 * 1. Fields end in a tab, the last one too, unless a Status follows, which ends the line bare.
 * 2. Init Duration stands only on a cold start whose init phase succeeded.
 * 3. Status stands where the sandbox did not survive; a handler that threw is a success of the platform.
 * 4. A figure that could not be read is left out (Lambda always has one): it is never made up.
 * 5. `Status: throttled` and `Status: cancelled` are ours: Lambda writes no line for what never ran.
 */
export function reportLine(record: InvocationRecord): string {
  const { requestId, durationMs, billedMs, memoryMb, maxMemoryMb, phases, outcome } = record;
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedMs} ms`,
    `Memory Size: ${memoryMb} MB`,
  ];
  if (maxMemoryMb !== null) fields.push(`Max Memory Used: ${Math.ceil(maxMemoryMb)} MB`);
  if (phases.initMs !== null && outcome !== 'init-error') {
    fields.push(`Init Duration: ${phases.initMs.toFixed(2)} ms`);
  }
  return `${fields.join('\t')}\t${status(record)}`;
}

function status({ outcome, errorType }: InvocationRecord): string {
  switch (outcome) {
    case 'success':
    case 'error':
      return '';
    case 'timeout':
    case 'throttled':
    case 'cancelled':
      return `Status: ${outcome}`;
    case 'oom':
      // The caller is told Runtime.ExitError; the REPORT line names the cause.
      return 'Status: error\tError Type: Runtime.OutOfMemory';
    case 'crash':
    case 'init-error':
      return `Status: error\tError Type: ${errorType ?? 'Runtime.Unknown'}`;
  }
}
