import { describe, expect, test } from 'vitest';
import { idsOf, spansOf } from '../../../gateway/telemetry/spans.ts';
import type { InvocationRecord } from '../../../runtime/core/types.ts';

const REQUEST = '0b5e2f7c-1111-4222-8333-944455556666';

const record = (overrides: Partial<InvocationRecord> = {}): InvocationRecord => ({
  requestId: REQUEST,
  function: 'hello',
  revision: 'r1',
  instance: 'i1',
  trigger: { type: 'http', source: 'GET /hello' },
  outcome: 'success',
  errorType: null,
  errorMessage: null,
  start: 'cold',
  coldReason: 'first',
  receivedAt: 1000,
  phases: { queueMs: 1, provisionMs: 10, bootMs: 100, initMs: 20, thawMs: null, handlerMs: 5 },
  coldStartMs: 130,
  durationMs: 5,
  billedMs: 25,
  memoryMb: 128,
  maxMemoryMb: 41,
  cpuMs: 3,
  tmpMb: 512,
  tmpUsedMb: null,
  requestBytes: 2,
  responseBytes: 2,
  attempt: 1,
  parentRequestId: null,
  ...overrides,
});

describe('the phases of a call', () => {
  test('follow one another from its arrival to its end', () => {
    const { root, phases } = spansOf(record());
    expect(phases).toEqual([
      { name: 'queue', startAt: 1000, endAt: 1001 },
      { name: 'provision', startAt: 1001, endAt: 1011 },
      { name: 'boot', startAt: 1011, endAt: 1111 },
      { name: 'init', startAt: 1111, endAt: 1131 },
      { name: 'handler', startAt: 1131, endAt: 1136 },
    ]);
    expect(root).toMatchObject({ startAt: 1000, endAt: 1136, kind: 'server', failure: null });
  });

  test('leave out what did not take place, and an init that nobody waited for', () => {
    const phases = { queueMs: 0, provisionMs: null, bootMs: null, initMs: 20, thawMs: 2, handlerMs: 5 };
    const spans = spansOf(record({ start: 'warm', coldReason: null, phases })).phases;
    expect(spans.map(({ name }) => name)).toEqual(['thaw', 'handler']);
  });

  test('are none for what was refused', () => {
    const phases = {
      queueMs: null,
      provisionMs: null,
      bootMs: null,
      initMs: null,
      thawMs: null,
      handlerMs: null,
    };
    const spans = spansOf(record({ outcome: 'throttled', start: null, phases, errorType: 'Throttled' }));
    expect(spans.phases).toEqual([]);
    expect(spans.root).toMatchObject({ startAt: 1000, endAt: 1000, failure: 'Throttled: ' });
  });
});

test('the trace id is the request id, so that whoever has the one finds the other', () => {
  expect(spansOf(record()).ids.traceId).toBe(REQUEST.replaceAll('-', ''));
});

test('a call that another caused is linked to its span', () => {
  const { root } = spansOf(record({ requestId: 'other', parentRequestId: REQUEST }));
  expect(root.cause).toEqual(spansOf(record()).ids);
});

test('ids are valid whatever a caller uses as a request id', () => {
  for (const requestId of ['', 'mine', '00000000-0000-0000-0000-000000000000', REQUEST]) {
    const { traceId, spanId } = idsOf(requestId);
    expect(traceId).toMatch(/^(?!0+$)[\da-f]{32}$/);
    expect(spanId).toMatch(/^(?!0+$)[\da-f]{16}$/);
  }
});
