import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLD_REASONS, OUTCOMES, STARTS, TRIGGER_TYPES } from '../../../runtime/core/types.ts';
import type { InvocationRecord } from '../../../runtime/core/types.ts';
import { scanRecords } from '../../../runtime/store/record-scan.ts';
import type { Scan, ScannedRecord } from '../../../runtime/store/record-scan.ts';
import type { Store } from '../../../runtime/store/store.ts';
import { makeRecord, openTestStore } from './harness.ts';

function scanned(store: Store, scan: Scan = { filter: {} }): ScannedRecord[] {
  const records: ScannedRecord[] = [];
  for (const _ of scanRecords(store, scan, (record) => records.push({ ...record }))) continue;
  return records;
}

/** What a scan must tell of a record, by the plain way. */
function figuresOf(record: InvocationRecord, name?: Scan['name']): ScannedRecord {
  const us = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 1000));
  const { trigger, phases, start } = record;
  const isFirst = phases.initMs !== null || start === 'cold' || start === 'prewarmed';
  const isAsync = trigger.type === 's3' || trigger.type === 'schedule';
  const names = {
    trigger: trigger.source === null ? trigger.type : `${trigger.type} ${trigger.source}`,
    revision: record.revision ?? '',
  };
  return {
    function: record.function,
    name: name === undefined ? '' : names[name],
    outcome: record.outcome,
    start,
    coldReason: isFirst ? record.coldReason : null,
    receivedAtMs: Math.floor(record.receivedAt),
    durationUs: Math.round(record.durationMs * 1000),
    initUs: us(phases.initMs),
    coldStartUs: isFirst ? Math.round(record.coldStartMs * 1000) : 0,
    provisionUs: isFirst ? us(phases.provisionMs) : null,
    bootUs: isFirst ? us(phases.bootMs) : null,
    memoryMb: record.memoryMb,
    tmpMb: record.tmpMb,
    maxMemoryMb: record.maxMemoryMb,
    cpuUs: us(record.cpuMs),
    asyncBytes: isAsync && record.requestBytes > 65_536 ? record.requestBytes : 0,
  };
}

describe('a scan of the ledger', () => {
  it('tells the same of any record as reading it does', () => {
    const { store } = openTestStore();
    fc.assert(
      fc.property(
        fc.array(anyRecord, { maxLength: 30 }),
        fc.constantFrom('trigger', 'revision'),
        (records, name) => {
          store.ledger.flush();
          store.database.exec('DELETE FROM records');
          for (const record of records) store.ledger.append(record);
          expect(scanned(store, { filter: {}, name, cpu: true })).toEqual(
            records.map((record) => figuresOf(record, name)),
          );
        },
      ),
    );
  });

  it('reads more than a batch, in the order of writing, without those that arrive meanwhile', () => {
    const { store } = openTestStore();
    const record = (index: number) => makeRecord({ durationMs: index });
    for (let index = 0; index < 12_000; index += 1) store.ledger.append(record(index));
    const durations: number[] = [];
    for (const _ of scanRecords(store, { filter: {} }, ({ durationUs }) =>
      durations.push(durationUs / 1000),
    )) {
      store.ledger.append(record(-1));
      store.ledger.flush();
    }
    expect(durations).toEqual(Array.from({ length: 12_000 }, (_, index) => index));
  });

  const filters: [what: string, filter: Scan['filter'], expected: number[]][] = [
    ['of one function', { function: 'b' }, [1, 3]],
    ['since a time, inclusive', { since: 1002 }, [2, 3, 4]],
    ['until a time, exclusive', { until: 1002 }, [0, 1]],
    ['of one function in a time', { function: 'a', since: 1001, until: 1004 }, [2]],
    ['of nothing', { function: 'c' }, []],
  ];
  it.each(filters)('reads the records %s', (_, filter, expected) => {
    const { store } = openTestStore();
    for (let index = 0; index < 5; index += 1) {
      store.ledger.append(
        makeRecord({ function: index % 2 === 0 ? 'a' : 'b', receivedAt: 1000 + index, durationMs: index }),
      );
    }
    expect(scanned(store, { filter }).map(({ durationUs }) => durationUs / 1000)).toEqual(expected);
  });

  it('of an empty ledger is empty', () => {
    expect(scanned(openTestStore().store)).toEqual([]);
  });
});

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const ms = fc.integer({ min: 0, max: 900_000_000 }).map((us) => us / 1000);
const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed() && !value.includes('\0'));
const anyRecord: fc.Arbitrary<InvocationRecord> = fc
  .record({
    function: text,
    revision: orNull(text),
    trigger: fc.record({ type: fc.constantFrom(...TRIGGER_TYPES), source: orNull(text) }),
    outcome: fc.constantFrom(...OUTCOMES),
    start: orNull(fc.constantFrom(...STARTS)),
    coldReason: orNull(fc.constantFrom(...COLD_REASONS)),
    receivedAt: fc.integer({ min: 0, max: 2 ** 51 }).map((us) => us / 1000),
    initMs: orNull(ms),
    provisionMs: orNull(ms),
    bootMs: orNull(ms),
    coldStartMs: ms,
    durationMs: ms,
    memoryMb: fc.integer({ min: 128, max: 10_240 }),
    tmpMb: fc.integer({ min: 1, max: 10_240 }),
    maxMemoryMb: orNull(fc.nat({ max: 10_240 })),
    cpuMs: orNull(ms),
    requestBytes: fc.oneof(fc.nat(1000), fc.nat(6_000_000)),
  })
  .map(({ initMs, provisionMs, bootMs, ...some }) =>
    makeRecord({ ...some, phases: { ...makeRecord().phases, initMs, provisionMs, bootMs } }),
  );
