import type { Outcome } from '../core/types.ts';
import type { Ledger, RecordFigures } from '../store/store.ts';
import { addUsage, noUsage, priceOf, usageOf } from './bill.ts';
import type { Charges, Usage } from './bill.ts';
import { Samples } from './percentiles.ts';
import type { Percentiles } from './percentiles.ts';
import { DEFAULT_RATE_CARD } from './rate-cards/index.ts';
import type { RateCard } from './rate-cards/rate-card.ts';

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

/** JSON.stringify writes the decimals as numbers with every digit. */
export interface CostFigures extends Charges {
  /** Every record: those that ran and those that were refused. */
  invocations: number;
  /** Those that waited for a sandbox or an init phase, prewarmed ones included. */
  coldStarts: number;
  /** Those that ran and failed: error, timeout, oom, crash, init-error. */
  errors: number;
  throttled: number;
  cancelled: number;
  billedMs: number;
  /** Of the cold starts only. */
  coldStartMs: Percentiles;
  /** Of what ran. */
  durationMs: Percentiles;
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
  const { by = 'function', rates = DEFAULT_RATE_CARD } = query;
  const groups = new Map<string, Tally>();
  const range = { first: Infinity, last: -Infinity };
  for (const figures of ledger.figures(filterOf(query))) {
    range.first = Math.min(range.first, figures.receivedAt);
    range.last = Math.max(range.last, figures.receivedAt);
    const name = NAME_OF[by](figures);
    let tally = groups.get(name);
    if (tally === undefined) groups.set(name, (tally = newTally()));
    count(tally, figures, rates);
  }
  const rows = [...groups].map(([name, tally]): CostRow => ({ [by]: name, ...summarise(tally, rates) }));
  return {
    rates: { id: rates.id, name: rates.name, effectiveFrom: rates.effectiveFrom, source: rates.source },
    by,
    from: isoTime(query.since ?? range.first),
    to: isoTime(query.until ?? range.last),
    rows: rows.toSorted((a, b) => inOrder(by, a, b)),
    totals: summarise(sumOf(groups.values()), rates),
  };
}

/** What is added up while the records pass. */
interface Tally {
  invocations: number;
  coldStarts: number;
  errors: number;
  throttled: number;
  cancelled: number;
  usage: Usage;
  coldStartMs: Samples;
  durationMs: Samples;
}

const newTally = (): Tally => ({
  invocations: 0,
  coldStarts: 0,
  errors: 0,
  throttled: 0,
  cancelled: 0,
  usage: noUsage(),
  coldStartMs: new Samples(),
  durationMs: new Samples(),
});

function count(tally: Tally, figures: RecordFigures, rates: RateCard): void {
  tally.invocations += 1;
  const counter = COUNTER_OF[figures.outcome];
  if (counter !== null) tally[counter] += 1;
  if (figures.start === 'cold' || figures.start === 'prewarmed') {
    tally.coldStarts += 1;
    tally.coldStartMs.add(figures.coldStartMs);
  }
  if (counter === null || counter === 'errors') tally.durationMs.add(figures.durationMs);
  addUsage(tally.usage, usageOf(figures, rates));
}

const COUNTER_OF: Record<Outcome, 'errors' | 'throttled' | 'cancelled' | null> = {
  success: null,
  error: 'errors',
  timeout: 'errors',
  oom: 'errors',
  crash: 'errors',
  'init-error': 'errors',
  throttled: 'throttled',
  cancelled: 'cancelled',
};

const NAME_OF: Record<CostGroup, (figures: RecordFigures) => string> = {
  function: (figures) => figures.function,
  trigger: ({ triggerType, triggerSource }) =>
    triggerSource === null ? triggerType : `${triggerType} ${triggerSource}`,
  day: (figures) => new Date(figures.receivedAt).toISOString().slice(0, 10),
};

function sumOf(tallies: Iterable<Tally>): Tally {
  const sum = newTally();
  for (const tally of tallies) {
    sum.invocations += tally.invocations;
    sum.coldStarts += tally.coldStarts;
    sum.errors += tally.errors;
    sum.throttled += tally.throttled;
    sum.cancelled += tally.cancelled;
    addUsage(sum.usage, tally.usage);
    sum.coldStartMs.addAll(tally.coldStartMs);
    sum.durationMs.addAll(tally.durationMs);
  }
  return sum;
}

function summarise(tally: Tally, rates: RateCard): CostFigures {
  const { invocations, coldStarts, errors, throttled, cancelled, usage } = tally;
  return {
    invocations,
    coldStarts,
    errors,
    throttled,
    cancelled,
    billedMs: Number(usage.billedMs),
    ...priceOf(usage, rates),
    coldStartMs: tally.coldStartMs.percentiles(),
    durationMs: tally.durationMs.percentiles(),
  };
}

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
