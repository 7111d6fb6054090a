import { setImmediate } from 'node:timers/promises';
import type { Ledger, RecordFigures } from '../store/store.ts';
import { DEFAULT_RATE_CARD } from './rate-cards/index.ts';
import type { RateCard } from './rate-cards/rate-card.ts';
import { count, newTally, sumOf, summarise } from './tally.ts';
import type { CostFigures, Tally } from './tally.ts';

export type { CostFigures };

export const COST_GROUPS = ['function', 'trigger', 'day'] as const;
export type CostGroup = (typeof COST_GROUPS)[number];

export interface CostQuery {
  /** Epoch milliseconds, inclusive. */
  since?: number;
  /** Epoch milliseconds, exclusive. */
  until?: number;
  function?: string;
  /** Default: function. Days are UTC days, as on a bill. */
  by?: CostGroup;
  rates?: RateCard;
}

/** Under the key that the rows are grouped by: its name. */
export type CostRow = Partial<Record<CostGroup, string>> & CostFigures;

export interface CostReport {
  rates: Pick<RateCard, 'id' | 'name' | 'effectiveFrom' | 'source'>;
  by: CostGroup;
  /** ISO 8601, UTC: as asked for, else of the first and the last record; null where there is none. */
  from: string | null;
  to: string | null;
  /** Days in their order, others by cost, dearest first. */
  rows: CostRow[];
  totals: CostFigures;
}

/** What was cold, what is billed and what it costs: one pass over the ledger, 8 bytes of memory a figure. */
export function costReport(ledger: Pick<Ledger, 'figures'>, query: CostQuery = {}): CostReport {
  const sums = newSums(query);
  for (const figures of ledger.figures(filterOf(query))) add(sums, figures);
  return finish(sums);
}

/**
 * The same where others need the thread too: a million records take about two seconds, which are spent a few
 * milliseconds at a time. Records that arrive meanwhile are not in it.
 */
export async function costReportInTurns(
  ledger: Pick<Ledger, 'figures'>,
  query: CostQuery = {},
): Promise<CostReport> {
  const sums = newSums(query);
  for (const figures of ledger.figures(filterOf(query))) {
    if (add(sums, figures) % RECORDS_A_TURN === 0) await setImmediate();
  }
  return finish(sums);
}

const RECORDS_A_TURN = 1000;

/** The report while it is being added up. */
interface Sums {
  query: CostQuery;
  by: CostGroup;
  rates: RateCard;
  groups: Map<string, Tally>;
  records: number;
  first: number;
  last: number;
}

function newSums(query: CostQuery): Sums {
  const { by = 'function', rates = DEFAULT_RATE_CARD } = query;
  return { query, by, rates, groups: new Map(), records: 0, first: Infinity, last: -Infinity };
}

/** Returns how many records have been added. */
function add(sums: Sums, figures: RecordFigures): number {
  const { by, rates, groups } = sums;
  sums.first = Math.min(sums.first, figures.receivedAt);
  sums.last = Math.max(sums.last, figures.receivedAt);
  sums.records += 1;
  const name = NAME_OF[by](figures);
  let tally = groups.get(name);
  if (tally === undefined) groups.set(name, (tally = newTally()));
  count(tally, figures, rates);
  return sums.records;
}

function finish({ query, by, rates, groups, first, last }: Sums): CostReport {
  const rows = [...groups].map(([name, tally]): CostRow => ({ [by]: name, ...summarise(tally, rates) }));
  return {
    rates: { id: rates.id, name: rates.name, effectiveFrom: rates.effectiveFrom, source: rates.source },
    by,
    from: isoTime(query.since ?? first),
    to: isoTime(query.until ?? last),
    rows: rows.toSorted((a, b) => inOrder(by, a, b)),
    totals: summarise(sumOf(groups.values()), rates),
  };
}

const NAME_OF: Record<CostGroup, (figures: RecordFigures) => string> = {
  function: (figures) => figures.function,
  trigger: ({ triggerType, triggerSource }) =>
    triggerSource === null ? triggerType : `${triggerType} ${triggerSource}`,
  day: (figures) => new Date(figures.receivedAt).toISOString().slice(0, 10),
};

function inOrder(by: CostGroup, a: CostRow, b: CostRow): number {
  const byName = (a[by] ?? '').localeCompare(b[by] ?? '');
  return by === 'day' ? byName : b.totalUsd.compare(a.totalUsd) || byName;
}

function filterOf({ since, until, function: name }: CostQuery) {
  return {
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(name !== undefined && { function: name }),
  };
}

function isoTime(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
