/** What was cold, what is billed and what it costs: one pass over the ledger. */
import type { Store } from '../store/store.ts';
import { priceOf } from './bill.ts';
import type { Charges } from './bill.ts';
import { chartsOf } from './charts.ts';
import type { Charts } from './charts.ts';
import type { Decimal } from './decimal.ts';
import { invoiceOf } from './invoice.ts';
import type { Invoice } from './invoice.ts';
import { projectionOf } from './projection.ts';
import type { Projection } from './projection.ts';
import { DEFAULT_RATE_CARD } from './rate-cards/index.ts';
import type { RateCard } from './rate-cards/rate-card.ts';
import { addUp } from './sums.ts';
import type { Cell, CostGroup, Sums, SumsQuery } from './sums.ts';
import { summarise, usageByMonth, usageOfAll } from './tally.ts';
import type { CostFigures, Tally } from './tally.ts';
import { readySpan, wasteOf } from './waste.ts';
import type { ReadySpan, Waste } from './waste.ts';

export type { CostFigures };

export { COST_GROUPS } from './sums.ts';
export type { CostGroup } from './sums.ts';

/** Days and hours are UTC, as on a bill. */
export interface CostQuery extends SumsQuery {
  rates?: RateCard;
  /** Whether the invoice subtracts what is free each month. */
  freeTier?: boolean;
  /** To a month: at the recorded rate, or at so many calls a month. */
  project?: 'recorded' | number;
  /** Instances that are ready now: their trails are not in the store yet. */
  live?: readonly ReadySpan[];
}

/** Under the key that the rows are grouped by: its name. Rows by revision name their function too. */
export type CostRow = Partial<Record<CostGroup, string>> & CostFigures;

export type RatesInBrief = Pick<RateCard, 'id' | 'name' | 'effectiveFrom' | 'source'> & {
  notes?: readonly string[];
};

export interface CostReport {
  rates: RatesInBrief;
  by: CostGroup;
  /** ISO 8601, UTC: as asked for, else of the first and the last record; null where there is none. */
  from: string | null;
  to: string | null;
  /** Days and hours in their order, others by cost, dearest first. */
  rows: CostRow[];
  totals: CostFigures;
  /** Tiers applied, month by month. */
  invoice: Invoice;
  /** Memory that was paid for or held, and not used; by function. */
  waste: Waste[];
  projection?: Projection | null;
  charts?: Charts;
}

/** The part of a store that reports read. */
export type CostStore = Pick<Store, 'database' | 'ledger' | 'instances'>;

/** Holds the thread: a million records take more than a second. See report-thread.ts. */
export function costReport(store: CostStore, query: CostQuery = {}): CostReport {
  return finish(toTheEnd(addUp(store, query, [query.rates ?? DEFAULT_RATE_CARD])), store, query);
}

function toTheEnd<Result>(work: Generator<undefined, Result>): Result {
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}

function finish(sums: Sums, store: CostStore, query: CostQuery): CostReport {
  const { rates = DEFAULT_RATE_CARD, freeTier = false, project } = query;
  const { by, cells } = sums;
  const tallies = cells.map(({ tally }) => tally);
  const rows = [...Map.groupBy(cells, ({ group }) => group).values()].map((row) => rowOf(row, by, rates));
  const totals = summarise(tallies, rates);
  const period = periodOf(sums, query);
  return {
    rates: inBrief(rates),
    by,
    from: isoTime(period.from),
    to: isoTime(period.to),
    rows: rows.toSorted((a, b) => inOrder(by, a, b)),
    totals,
    invoice: invoiceOf(usageByMonth(tallies, rates), rates, { freeTier }),
    waste: wasteOf(memoryUses(cells, rates), spansIn(store, query, sums), rates),
    ...(project !== undefined && {
      projection: projectionOf(
        {
          usage: usageOfAll(tallies, rates),
          calls: totals.invocations - totals.throttled - totals.cancelled,
          periodMs: period.to - period.from,
        },
        rates,
        { freeTier, project },
      ),
    }),
    ...(query.charts === true && { charts: chartsOf(sums, rates) }),
  };
}

function rowOf(cells: readonly Cell[], by: CostGroup, rates: RateCard): CostRow {
  const [one] = cells;
  const names: Partial<Record<CostGroup, string>> = { [by]: nameOf(by, one?.group ?? '') };
  if (by === 'revision' && one !== undefined) names.function = one.function;
  return {
    ...names,
    ...summarise(
      cells.map(({ tally }) => tally),
      rates,
    ),
  };
}

/** `2026-11-24`, `2026-11-24T13:00Z`; other groups are their names. */
function nameOf(by: CostGroup, group: string | number): string {
  if (typeof group === 'string') return group;
  const iso = new Date(group).toISOString();
  return by === 'day' ? iso.slice(0, 10) : `${iso.slice(0, 16)}Z`;
}

/** By function and size, whatever the rows are. */
function memoryUses(cells: readonly Cell[], rates: RateCard) {
  const bySize = Map.groupBy(cells, ({ function: name, memoryMb }) => `${name} ${memoryMb}`);
  return [...bySize.values()].flatMap((same) => {
    const [one] = same;
    if (one === undefined) return [];
    const peaks = same.flatMap(({ peakMb }) => (peakMb === null ? [] : [peakMb]));
    return {
      function: one.function,
      memoryMb: one.memoryMb,
      peakMb: peaks.length === 0 ? null : Math.max(...peaks),
      busyUs: same.reduce((sum, { busyUs }) => sum + busyUs, 0),
      usage: usageOfAll(
        same.map(({ tally }) => tally),
        rates,
      ),
    };
  });
}

function spansIn({ instances }: CostStore, query: CostQuery, { records }: Sums): ReadySpan[] {
  const { since = 0, until = Infinity, function: only, live = [] } = query;
  if (records === 0) return [];
  const ended = instances
    .all(only === undefined ? {} : { function: only })
    .flatMap((trail) => readySpan(trail, { since, until }) ?? []);
  const clipped = live
    .map((span) => ({ ...span, from: Math.max(span.from, since), to: Math.min(span.to, until) }))
    .filter(({ from, to }) => to > from);
  return [...ended, ...clipped];
}

export interface CostComparison {
  rates: 'all';
  from: string | null;
  to: string | null;
  invocations: number;
  freeTier: boolean;
  /** One for each card, cheapest first. */
  rows: ComparedRates[];
}

export type ComparedRates = Charges &
  Pick<CostFigures, 'billedMs' | 'unpriced'> & {
    rates: RatesInBrief;
    provider: string;
    /** With the tiers of each month and, where they are asked for, the free quantities. */
    invoiceUsd: Decimal;
  };

/** The same calls at the prices of several cards. */
export function compareRates(
  store: CostStore,
  query: Omit<CostQuery, 'by' | 'rates'>,
  cards: readonly RateCard[],
): CostComparison {
  const sums = toTheEnd(addUp(store, query, cards));
  const { freeTier = false } = query;
  const period = periodOf(sums, query);
  const tallies = sums.cells.map(({ tally }) => tally);
  return {
    rates: 'all',
    from: isoTime(period.from),
    to: isoTime(period.to),
    invocations: sums.records,
    freeTier,
    rows: cards
      .map((card) => comparedRates(tallies, card, freeTier))
      .toSorted((a, b) => a.invoiceUsd.compare(b.invoiceUsd)),
  };
}

function comparedRates(tallies: readonly Tally[], card: RateCard, freeTier: boolean): ComparedRates {
  const usage = usageOfAll(tallies, card);
  return {
    rates: inBrief(card),
    provider: card.provider,
    billedMs: Number(usage.billedMs),
    ...priceOf(usage, card),
    invoiceUsd: invoiceOf(usageByMonth(tallies, card), card, { freeTier }).totalUsd,
    unpriced: Number(usage.unpriced),
  };
}

const inBrief = ({ id, name, effectiveFrom, source, notes }: RateCard): RatesInBrief => ({
  id,
  name,
  effectiveFrom,
  source,
  ...(notes && { notes }),
});

function inOrder(by: CostGroup, a: CostRow, b: CostRow): number {
  const byName = (a[by] ?? '').localeCompare(b[by] ?? '');
  return by === 'day' || by === 'hour' ? byName : b.totalUsd.compare(a.totalUsd) || byName;
}

/** As asked for, else of the records; not finite without any. */
const periodOf = ({ first, last }: Sums, { since = first, until = last }: CostQuery) => ({
  from: since,
  to: until,
});

function isoTime(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
