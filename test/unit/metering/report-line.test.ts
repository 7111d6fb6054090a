import { describe, expect, it } from 'vitest';
import type { InvocationRecord } from '../../../runtime/core/types.ts';
import { reportLine } from '../../../runtime/metering/report-line.ts';
import { makeRecord } from '../store/harness.ts';

const record = (overrides: Partial<InvocationRecord> & { initMs?: number } = {}): InvocationRecord => {
  const { initMs = null, ...rest } = overrides;
  const phases = { ...makeRecord().phases, initMs };
  return makeRecord({ requestId: 'f7f1', durationMs: 3.01, billedMs: 4, maxMemoryMb: 36, phases, ...rest });
};

describe('REPORT line', () => {
  const cases: [what: string, InvocationRecord, expected: string][] = [
    [
      'a warm call',
      record(),
      'REPORT RequestId: f7f1\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t',
    ],
    [
      'a cold start',
      record({ start: 'cold', initMs: 110.1, billedMs: 114 }),
      'REPORT RequestId: f7f1\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t',
    ],
    [
      'a handler that threw: no status',
      record({ outcome: 'error', errorType: 'TypeError' }),
      'REPORT RequestId: f7f1\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t',
    ],
    [
      'a cold timeout',
      record({
        outcome: 'timeout',
        durationMs: 600_000,
        initMs: 476.75,
        billedMs: 600_477,
        maxMemoryMb: 1035,
      }),
      'REPORT RequestId: f7f1\tDuration: 600000.00 ms\tBilled Duration: 600477 ms\tMemory Size: 128 MB\tMax Memory Used: 1035 MB\tInit Duration: 476.75 ms\tStatus: timeout',
    ],
    [
      'a sandbox out of memory',
      record({ outcome: 'oom', errorType: 'Runtime.ExitError', maxMemoryMb: 128 }),
      'REPORT RequestId: f7f1\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error\tError Type: Runtime.OutOfMemory',
    ],
    [
      'a failed init: no Init Duration',
      record({ outcome: 'init-error', errorType: 'Runtime.ImportModuleError', initMs: 3.01 }),
      'REPORT RequestId: f7f1\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tStatus: error\tError Type: Runtime.ImportModuleError',
    ],
    [
      'memory that could not be read',
      record({ outcome: 'crash', errorType: 'Runtime.ExitError', maxMemoryMb: null }),
      'REPORT RequestId: f7f1\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tStatus: error\tError Type: Runtime.ExitError',
    ],
    [
      'an invocation that was refused',
      record({ outcome: 'throttled', durationMs: 0, billedMs: 0, maxMemoryMb: null }),
      'REPORT RequestId: f7f1\tDuration: 0.00 ms\tBilled Duration: 0 ms\tMemory Size: 128 MB\tStatus: throttled',
    ],
  ];
  it.each(cases)('of %s', (_, given, expected) => {
    expect(reportLine(given)).toBe(expected);
  });
});
