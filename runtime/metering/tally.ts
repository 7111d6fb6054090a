/** What is added up over the records of one row of a report. */
import type { Outcome } from '../core/types.ts';
import type { RecordFigures } from '../store/store.ts';
import { addUsage, noUsage, priceOf, usageOf } from './bill.ts';
import type { Charges, Usage } from './bill.ts';
import { Samples } from './percentiles.ts';
import type { Percentiles } from './percentiles.ts';
import type { RateCard } from './rate-cards/rate-card.ts';

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

/** The sums while the records pass. */
export interface Tally {
  invocations: number;
  coldStarts: number;
  errors: number;
  throttled: number;
  cancelled: number;
  usage: Usage;
  coldStartMs: Samples;
  durationMs: Samples;
}

export const newTally = (): Tally => ({
  invocations: 0,
  coldStarts: 0,
  errors: 0,
  throttled: 0,
  cancelled: 0,
  usage: noUsage(),
  coldStartMs: new Samples(),
  durationMs: new Samples(),
});

export function count(tally: Tally, figures: RecordFigures, rates: RateCard): void {
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

export function sumOf(tallies: Iterable<Tally>): Tally {
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

export function summarise(tally: Tally, rates: RateCard): CostFigures {
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
