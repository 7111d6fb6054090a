import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { recordLine } from '../../../cli/terminal/record-line.ts';
import type { InvocationRecord } from '../../../runtime/core/types.ts';

const cold: InvocationRecord = {
  requestId: 'r-1',
  function: 'hello',
  revision: '0123456789ab',
  instance: 'abcdefabcdef',
  trigger: { type: 'http', source: 'GET /hello' },
  outcome: 'success',
  errorType: null,
  errorMessage: null,
  start: 'cold',
  coldReason: 'first',
  receivedAt: new Date(2026, 10, 24, 14, 3, 27, 0).getTime(),
  phases: { queueMs: 0.2, provisionMs: 41.4, bootMs: 245, initMs: 9.75, thawMs: null, handlerMs: 4 },
  coldStartMs: 296.15,
  durationMs: 4.31,
  billedMs: 15,
  memoryMb: 128,
  maxMemoryMb: 41.4,
  cpuMs: 3,
  tmpMb: 512,
  tmpUsedMb: null,
  requestBytes: 0,
  responseBytes: 0,
  attempt: 1,
  parentRequestId: null,
};
const none = { queueMs: 0.1, provisionMs: null, bootMs: null, initMs: null, thawMs: null, handlerMs: 1 };

test.each<[string, Partial<InvocationRecord>, string]>([
  [
    'a cold start shows its phases and its reason',
    {},
    '14:03:27.300  ✔ hello   GET /hello    4.31 ms  billed   15 ms   41 MB  cold 296 ms: provision 41 + boot 245 + init 9.8 (first)',
  ],
  [
    'a warm one says so, and how long it waited when it did',
    { start: 'warm', coldReason: null, coldStartMs: 0, phases: { ...none, queueMs: 80 }, maxMemoryMb: null },
    '14:03:27.084  ✔ hello   GET /hello    4.31 ms  billed   15 ms          warm (queued 80)',
  ],
  [
    'a failed one has its error beneath, without control characters, first line only',
    {
      trigger: { type: 's3', source: 'photos' },
      outcome: 'error',
      errorType: 'NotAPicture',
      errorMessage: 'no\u0007 picture\nmore',
      start: 'warm',
      coldReason: null,
      coldStartMs: 0,
      phases: none,
    },
    '14:03:27.004  ✖ hello   s3 photos     4.31 ms  billed   15 ms   41 MB  warm\n              error: NotAPicture no picture  r-1',
  ],
  [
    'a throttled one never started',
    {
      outcome: 'throttled',
      start: null,
      coldReason: null,
      coldStartMs: 0,
      phases: none,
      durationMs: 0,
      billedMs: 0,
      maxMemoryMb: null,
    },
    '14:03:27.000  ✖ hello   GET /hello    0.00 ms  billed    0 ms\n              throttled  r-1',
  ],
])('%s', (_what, changes, line) => {
  const colors = picocolors.createColors(false);
  expect(recordLine({ ...cold, ...changes }, colors, { function: 6, trigger: 11 })).toBe(line);
});
