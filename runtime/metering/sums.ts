/** A report while it is being added up: cells of records that share a row, a function and a memory size. */
import { scanRecords } from '../store/record-scan.ts';
import type { ScannedRecord } from '../store/record-scan.ts';
import type { Store } from '../store/store.ts';
import { Meter } from './meter.ts';
import type { RateCard } from './rate-cards/rate-card.ts';
import { count, isCold, newTally } from './tally.ts';
import type { Tally } from './tally.ts';

export const COST_GROUPS = ['function', 'trigger', 'revision', 'day', 'hour'] as const;
export type CostGroup = (typeof COST_GROUPS)[number];

/** Which records, and what they are told apart by. */
export interface SumsQuery {
  since?: number;
  until?: number;
  function?: string;
  by?: CostGroup;
  charts?: boolean;
}

export interface Cell {
  /** The row it belongs to: a name, or the first millisecond of a day or an hour. */
  group: string | number;
  function: string;
  memoryMb: number;
  tally: Tally;
  /** The highest peak memory of any invocation; null where none could be read. */
  peakMb: number | null;
  /** Microseconds in which an instance ran a call. */
  busyUs: number;
}

/** An hour of the pictures. */
export interface Hour {
  at: number;
  meter: Meter;
  invocations: number;
  coldStarts: number;
}

export interface Sums {
  readonly by: CostGroup;
  readonly cards: readonly RateCard[];
  readonly cells: Cell[];
  /** Only where pictures are wanted. */
  readonly hours: Map<number, Hour>;
  records: number;
  /** Epoch milliseconds; not finite without records. */
  first: number;
  last: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Adds up what `query` asks for; yields after every few milliseconds of work and returns the sums. */
export function* addUp(
  store: Pick<Store, 'database' | 'ledger'>,
  query: SumsQuery,
  cards: readonly RateCard[],
): Generator<undefined, Sums> {
  const { by = 'function', charts = false } = query;
  const sums: Sums = { by, cards, cells: [], hours: new Map(), records: 0, first: Infinity, last: -Infinity };
  const cellOf = cellFinder(sums);
  const monthOf = monthFinder();
  const name = by === 'trigger' || by === 'revision' ? by : undefined;
  const cpu = cards.some(({ cpuTime }) => cpuTime !== undefined);
  yield* scanRecords(store, { filter: query, name, cpu }, (record) => {
    const { receivedAtMs: at, function: owner, memoryMb } = record;
    sums.records += 1;
    if (at < sums.first) sums.first = at;
    if (at > sums.last) sums.last = at;
    addToCell(cellOf(groupOf(by, record), owner, memoryMb), record, monthOf(at));
    if (charts) addToHour(sums, record);
  });
  return sums;
}

type FindCell = (group: string | number, name: string, memoryMb: number) => Cell;

function groupOf(by: CostGroup, { function: owner, name, receivedAtMs: at }: ScannedRecord): string | number {
  switch (by) {
    case 'function':
      return owner;
    case 'trigger':
    case 'revision':
      return name;
    case 'day':
      return at - (at % DAY_MS);
    case 'hour':
      return at - (at % HOUR_MS);
  }
}

function addToCell(cell: Cell, record: ScannedRecord, month: number): void {
  const { outcome, durationUs, maxMemoryMb } = record;
  count(cell.tally, record, month);
  // A failed init ran before the instance was ready.
  if (outcome !== 'init-error') cell.busyUs += durationUs;
  if (maxMemoryMb !== null && maxMemoryMb > (cell.peakMb ?? 0)) cell.peakMb = maxMemoryMb;
}

function addToHour({ hours, cards }: Sums, record: ScannedRecord): void {
  const at = record.receivedAtMs - (record.receivedAtMs % HOUR_MS);
  let hour = hours.get(at);
  if (hour === undefined) {
    const [card] = cards;
    if (card === undefined) return;
    hours.set(at, (hour = { at, meter: new Meter(card), invocations: 0, coldStarts: 0 }));
  }
  hour.meter.add(record);
  hour.invocations += 1;
  if (isCold(record)) hour.coldStarts += 1;
}

/** Maps within maps: a key made of all three would be a new string for every record. */
function cellFinder({ cells, cards }: Sums): FindCell {
  const byGroup = new Map<string | number, Map<string, Map<number, Cell>>>();
  return (group, name, memoryMb) => {
    let byName = byGroup.get(group);
    if (byName === undefined) byGroup.set(group, (byName = new Map()));
    let bySize = byName.get(name);
    if (bySize === undefined) byName.set(name, (bySize = new Map()));
    let cell = bySize.get(memoryMb);
    if (cell === undefined) {
      cell = { group, function: name, memoryMb, tally: newTally(cards), peakMb: null, busyUs: 0 };
      bySize.set(memoryMb, cell);
      cells.push(cell);
    }
    return cell;
  };
}

/** First millisecond of the UTC month; the calendar is asked once a month and not for every record. */
function monthFinder(): (at: number) => number {
  let from = Infinity;
  let to = -Infinity;
  return (at) => {
    if (at >= from && at < to) return from;
    const date = new Date(at);
    from = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    to = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    return from;
  };
}
