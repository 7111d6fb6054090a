import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InvocationRecord } from '../../../runtime/core/types.ts';
import { COLD_REASONS, OUTCOMES, STARTS, TRIGGER_TYPES } from '../../../runtime/core/types.ts';
import { pageQuery } from '../../../runtime/store/record-query.ts';
import { RECORD_COLUMNS } from '../../../runtime/store/record-row.ts';
import type { RecordFilter } from '../../../runtime/store/store.ts';
import { makeRecord, openTestStore } from './harness.ts';

describe('ledger', () => {
  it('gives every record back as it was, to the last bit of every figure', () => {
    const { store } = openTestStore();
    fc.assert(
      fc.property(anyRecord, (figures) => {
        // A new id each time: shrinking would make equal ones.
        const record = { ...figures, requestId: crypto.randomUUID() };
        store.ledger.append(record);
        expect([...store.ledger.records({ requestId: record.requestId })]).toEqual([record]);
      }),
    );
  });

  it('writes nothing before 100 ms have passed, then everything at once', () => {
    const { store, clock } = openTestStore();
    for (let i = 0; i < 3; i += 1) store.ledger.append(makeRecord());
    clock.advance(99);
    expect(rowCount(store.database)).toBe(0);
    clock.advance(1);
    expect(rowCount(store.database)).toBe(3);
  });

  it('writes at once when 100 records are held, so that memory is bounded', () => {
    const { store } = openTestStore();
    for (let i = 0; i < 99; i += 1) store.ledger.append(makeRecord());
    expect(rowCount(store.database)).toBe(0);
    store.ledger.append(makeRecord());
    expect(rowCount(store.database)).toBe(100);
  });

  it('shows readers what was appended a moment ago', () => {
    const { store } = openTestStore();
    const record = makeRecord();
    store.ledger.append(record);
    expect(store.ledger.count()).toBe(1);
    expect([...store.ledger.records()]).toEqual([record]);
  });

  it('keeps records that were appended inside a transaction that is rolled back', () => {
    const { store, clock } = openTestStore();
    const failing = () =>
      store.transaction(() => {
        for (let i = 0; i < 2000; i += 1) store.ledger.append(makeRecord());
        clock.advance(100);
        store.ledger.flush();
        throw new Error('on purpose');
      });
    expect(failing).toThrow('on purpose');
    expect(store.ledger.count()).toBe(2000);
  });

  it('keeps records while the disk is full and writes them when there is room again', () => {
    const { store, clock, messages } = openTestStore();
    const pages = store.database.prepare('PRAGMA page_count').get()?.['page_count'];
    store.database.exec(`PRAGMA max_page_count = ${String(pages)}`);
    for (let i = 0; i < 250; i += 1) store.ledger.append(makeRecord());
    clock.advance(100);
    expect(messages).toEqual([expect.stringMatching(/cannot be written, will try again: .*full/)]);
    expect(store.queue.size()).toBe(0);
    store.database.exec('PRAGMA max_page_count = 1000000');
    clock.advance(100);
    expect(rowCount(store.database)).toBe(250);
  });

  it('loses only the record that the database refuses, and says so', () => {
    const { store, messages } = openTestStore();
    store.ledger.append(makeRecord({ requestId: 'before' }));
    store.ledger.append(makeRecord({ requestId: 'refused', durationMs: Number.NaN }));
    store.ledger.append(makeRecord({ requestId: 'after' }));
    expect([...store.ledger.records()].map((record) => record.requestId)).toEqual(['before', 'after']);
    expect(messages).toEqual([expect.stringMatching(/one of the invocation records was refused/)]);
  });

  const filters: [string, RecordFilter, string[]][] = [
    ['everything, oldest first', {}, ['a', 'b', 'c', 'd', 'e']],
    ['newest first', { newestFirst: true }, ['e', 'd', 'c', 'b', 'a']],
    ['the latest two', { newestFirst: true, limit: 2 }, ['e', 'd']],
    ['since, inclusive', { since: 300 }, ['c', 'd', 'e']],
    ['until, exclusive', { until: 300 }, ['a', 'b']],
    ['one function', { function: 'resize' }, ['b', 'd']],
    ['one function in a window', { function: 'resize', since: 201, until: 401 }, ['d']],
    ['one outcome', { outcome: 'timeout' }, ['e']],
    ['one trigger type', { triggerType: 's3' }, ['b', 'd']],
    ['one request', { requestId: 'c' }, ['c']],
    ['a request of another function', { requestId: 'c', function: 'resize' }, []],
    ['an unknown request', { requestId: 'z' }, []],
    ['none', { limit: 0 }, []],
  ];
  it.each(filters)('reads %s', (_, filter, expected) => {
    const { store } = openTestStore();
    const s3 = { function: 'resize', trigger: { type: 's3', source: 'photos' } } as const;
    store.ledger.append(makeRecord({ requestId: 'b', receivedAt: 200, ...s3 }));
    store.ledger.append(makeRecord({ requestId: 'a', receivedAt: 100 }));
    store.ledger.append(makeRecord({ requestId: 'c', receivedAt: 300 }));
    store.ledger.append(makeRecord({ requestId: 'd', receivedAt: 400, ...s3 }));
    store.ledger.append(makeRecord({ requestId: 'e', receivedAt: 500, outcome: 'timeout' }));
    expect([...store.ledger.records(filter)].map((record) => record.requestId)).toEqual(expected);
    const { limit: _limit, ...uncut } = filter;
    if (filter.limit === undefined) expect(store.ledger.count(uncut)).toBe(expected.length);
  });

  it('reads more than a page with equal times without loss or repetition, and finds each by its request', () => {
    const { store } = openTestStore();
    const ids = Array.from({ length: 9500 }, (_, i) => `r${i}`);
    for (const [i, requestId] of ids.entries()) {
      store.ledger.append(makeRecord({ requestId, receivedAt: Math.floor(i / 1500) }));
    }
    expect([...store.ledger.records()].map((record) => record.requestId)).toEqual(ids);
    const newest = [...store.ledger.records({ newestFirst: true, limit: 2500 })];
    expect(newest.map((record) => record.requestId)).toEqual(ids.toReversed().slice(0, 2500));
    for (const requestId of ['r0', 'r510', 'r511', 'r512', 'r9499']) {
      expect(store.ledger.count({ requestId })).toBe(1);
    }
  });

  it.each([
    ['a request', { requestId: 'r' }, /records USING INDEX records_by_request \(<expr>=\? AND request_id=\?/],
    ['a time', { since: 1 }, /records USING INDEX records_by_time/],
    ['a function', { function: 'f' }, /records USING INDEX records_by_function/],
    ['everything in order', {}, /records USING INDEX records_by_time/],
  ])('is searched by an index for %s', (_, filter, expected) => {
    const { database } = openTestStore().store;
    const { sql, values } = pageQuery(RECORD_COLUMNS, filter, { maxId: 9, limit: 9, after: undefined });
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    expect(plan.map((step) => step['detail']).join('; ')).toMatch(expected);
  });

  it('reads the records there were when the reading began, though more arrive meanwhile', () => {
    const { store } = openTestStore();
    for (let i = 0; i < 2500; i += 1) store.ledger.append(makeRecord({ receivedAt: i }));
    let read = 0;
    for (const record of store.ledger.records()) {
      read += 1;
      store.ledger.append(makeRecord({ receivedAt: record.receivedAt + 10_000 }));
    }
    expect(read).toBe(2500);
    expect(store.ledger.count()).toBe(5000);
  });
});

const rowCount = (database: { prepare(sql: string): { get(): unknown } }): unknown =>
  (database.prepare('SELECT count(*) AS n FROM records').get() as { n: number }).n;

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const ms = fc.integer({ min: 0, max: 900_000_000 }).map((us) => us / 1000);
// No NUL: node:sqlite reads text up to the first one before Node 24.
const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed() && !value.includes('\0'));
const anyRecord: fc.Arbitrary<InvocationRecord> = fc.record({
  requestId: fc.uuid(),
  function: text,
  revision: orNull(text),
  instance: orNull(text),
  trigger: fc.record({ type: fc.constantFrom(...TRIGGER_TYPES), source: orNull(text) }),
  outcome: fc.constantFrom(...OUTCOMES),
  errorType: orNull(text),
  errorMessage: orNull(text),
  start: orNull(fc.constantFrom(...STARTS)),
  coldReason: orNull(fc.constantFrom(...COLD_REASONS)),
  receivedAt: fc.integer({ min: 0, max: 2 ** 51 }).map((us) => us / 1000),
  phases: fc.record({
    queueMs: orNull(ms),
    provisionMs: orNull(ms),
    bootMs: orNull(ms),
    initMs: orNull(ms),
    thawMs: orNull(ms),
    handlerMs: orNull(ms),
  }),
  coldStartMs: ms,
  durationMs: ms,
  billedMs: fc.integer({ min: 0, max: 1_000_000 }),
  memoryMb: fc.integer({ min: 128, max: 10_240 }),
  maxMemoryMb: orNull(ms),
  cpuMs: orNull(ms),
  tmpMb: fc.integer({ min: 512, max: 10_240 }),
  tmpUsedMb: orNull(ms),
  requestBytes: fc.nat(),
  responseBytes: fc.nat(),
  attempt: fc.integer({ min: 1, max: 100 }),
  parentRequestId: orNull(fc.uuid()),
});
