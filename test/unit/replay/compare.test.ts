import { describe, expect, test } from 'vitest';
import { differences, isIgnored } from '../../../runtime/replay/compare.ts';
import type { InvokeResult } from '../../../runtime/core/types.ts';
import { DEFAULT_RATE_CARD } from '../../../runtime/metering/rate-cards/index.ts';
import { replay, type Side } from '../../../runtime/replay/replay.ts';
import type { RecordedEvent } from '../../../runtime/store/store.ts';

describe('two answers differ', () => {
  test.each([
    { what: 'nowhere', before: { a: [1, { b: 2 }] }, after: { a: [1, { b: 2 }] }, paths: [] },
    { what: 'nowhere but in the order of keys', before: { a: 1, b: 2 }, after: { b: 2, a: 1 }, paths: [] },
    { what: 'in a value', before: { a: { b: 1 } }, after: { a: { b: 2 } }, paths: ['a.b'] },
    { what: 'in what is there', before: { a: 1 }, after: { b: 1 }, paths: ['a', 'b'] },
    { what: 'in a list', before: [1, 2], after: [1, 3, 4], paths: ['[1]', '[2]'] },
    { what: 'in kind', before: { a: 1 }, after: { a: [1] }, paths: ['a'] },
    { what: 'as a whole', before: 'x', after: null, paths: [''] },
    {
      what: 'within a body of JSON',
      before: { body: '{"n":1}' },
      after: { body: '{"n": 2}' },
      paths: ['body.n'],
    },
    {
      what: 'nowhere but in the spaces of a body',
      before: { body: '{"n":1}' },
      after: { body: '{ "n": 1 }' },
      paths: [],
    },
    { what: 'in a text that only looks like JSON', before: '{x', after: '{y', paths: [''] },
  ])('$what', ({ before, after, paths }) => {
    expect(differences(before, after).map(({ path }) => path)).toEqual(paths);
  });
});

test.each([
  { path: 'body.time', ignored: 'body.time', is: true },
  { path: 'body.time.ms', ignored: 'body.time', is: true },
  { path: 'body.timer', ignored: 'body.time', is: false },
  { path: 'items[3].id', ignored: 'items[].id', is: true },
  { path: 'items[3].id', ignored: 'items', is: true },
  { path: 'a.b.id', ignored: 'id', is: true },
  { path: 'a.id', ignored: 'b.id', is: false },
])('$path is passed over by $ignored: $is', ({ path, ignored, is }) => {
  expect(isIgnored({ path, before: 1, after: 2 }, new Set([ignored]))).toBe(is);
});

describe('a replay', () => {
  const events = [1, 2, 3, 4].map((n): RecordedEvent => ({
    requestId: `r${n}`,
    function: 'hello',
    revision: 'r1',
    receivedAt: n,
    trigger: { type: 'direct', source: null },
    payload: Buffer.from(JSON.stringify({ n })),
  }));

  const side =
    (answer: (n: number) => unknown, order: string[] = [], name = ''): Side =>
    async ({ payload }) => {
      order.push(name);
      const { n } = JSON.parse(Buffer.from(payload).toString()) as { n: number };
      const value = answer(n);
      const failed = value instanceof Error;
      // What the replay reads of a record.
      const record = {
        outcome: failed ? 'error' : 'success',
        start: n === 1 ? 'cold' : 'warm',
        coldStartMs: n === 1 ? 100 : 0,
        durationMs: 10,
        memoryMb: 128,
        tmpMb: 512,
        phases: { initMs: null },
        trigger: { type: 'direct', source: null },
        requestBytes: 1,
      } as unknown as InvokeResult['record'];
      if (failed)
        return { record, payload: null, error: { errorType: 'Error', errorMessage: value.message } };
      return { record, payload: Buffer.from(JSON.stringify(value)), error: null };
    };

  const run = (before: Side, after: Side, ignore: string[] = []) =>
    replay({ events, before, after, ignore, rates: DEFAULT_RATE_CARD });

  test('of the same answers finds none that differ', async () => {
    const result = await run(
      side((n) => ({ n })),
      side((n) => ({ n })),
    );
    expect(result).toMatchObject({ events: 4, same: 4, different: [], volatile: [] });
    expect(result.before).toMatchObject({ calls: 8, errors: 0, durationMs: { p50: 10 }, coldStartMs: 100 });
    expect(result.before.usdPer1000).toBeCloseTo(0.00022083, 7);
  });

  test('tells which answers differ, and where', async () => {
    const result = await run(
      side((n) => ({ n })),
      side((n) => ({ n: n === 3 ? 30 : n })),
    );
    expect(result.same).toBe(3);
    expect(result.different).toEqual([
      { requestId: 'r3', receivedAt: 3, differences: [{ path: 'n', before: 3, after: 30 }] },
    ]);
  });

  test('passes over what changes by itself, and what it is told to', async () => {
    let time = 0;
    const before = side((n) => ({ n, at: time++, list: [{ id: time }], version: 1 }));
    const after = side((n) => ({ n, at: time++, list: [{ id: time }], version: 2 }));
    const result = await run(before, after, ['version']);
    expect(result).toMatchObject({ different: [], volatile: ['at', 'list[].id'] });
  });

  test('an error is an answer too', async () => {
    const throws = side((n) =>
      n === 2 ? new Error('RequestId: 0b5e2f7c-1111-4222-8333-944455556666 no') : n,
    );
    const alike = side((n) =>
      n === 2 ? new Error('RequestId: 9c5e2f7c-1111-4222-8333-944455556666 no') : n,
    );
    expect(await run(throws, alike)).toMatchObject({ same: 4, after: { errors: 1 } });
    expect(
      (
        await run(
          throws,
          side((n) => n),
        )
      ).different.map(({ requestId }) => requestId),
    ).toEqual(['r2']);
  });

  test('lets neither side always come first', async () => {
    const order: string[] = [];
    await run(
      side((n) => n, order, 'before'),
      side((n) => n, order, 'after'),
    );
    expect([order[0], order[3], order[6], order[9]]).toEqual(['before', 'after', 'before', 'after']);
  });
});
