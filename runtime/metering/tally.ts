/** What is added up over the records of one row of a report. */
import { COLD_REASONS, OUTCOMES } from '../core/types.ts';
import type { ColdReason, Outcome } from '../core/types.ts';
import type { ScannedRecord } from '../store/record-scan.ts';
import { priceOf } from './bill.ts';
import type { Charges } from './bill.ts';
import { addUsage, Meter, noUsage } from './meter.ts';
import type { Usage } from './meter.ts';
import { percentilesOf, Samples } from './percentiles.ts';
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
  /** Invocations that ran, and whose compute the rate card cannot price: a figure was not read. */
  unpriced: number;
  /** Of the cold starts that had the phase. */
  coldPhasesMs: Record<ColdPhase, Percentiles>;
  /** Cold starts by why nothing was warm. */
  coldReasons: Record<ColdReason, number>;
}

const COLD_PHASES = ['provision', 'boot', 'init'] as const;
type ColdPhase = (typeof COLD_PHASES)[number];

/** The sums while the records pass. */
export interface Tally {
  readonly cards: readonly RateCard[];
  /** By first millisecond of the month; a meter for each card. */
  readonly months: Map<number, Meter[]>;
  readonly outcomes: number[];
  readonly coldReasons: number[];
  readonly coldStartMs: Samples;
  readonly durationMs: Samples;
  readonly coldPhasesMs: Record<ColdPhase, Samples>;
}

export const newTally = (cards: readonly RateCard[]): Tally => ({
  cards,
  months: new Map(),
  outcomes: OUTCOMES.map(() => 0),
  coldReasons: COLD_REASONS.map(() => 0),
  coldStartMs: new Samples(),
  durationMs: new Samples(),
  coldPhasesMs: { provision: new Samples(), boot: new Samples(), init: new Samples() },
});

/** `month` is the first millisecond of the UTC month: invoices are made for months. */
export function count(tally: Tally, record: ScannedRecord, month: number): void {
  increment(tally.outcomes, OUTCOMES.indexOf(record.outcome));
  if (isCold(record)) countCold(tally, record);
  if (ran(record.outcome)) tally.durationMs.add(record.durationUs / 1000);
  let meters = tally.months.get(month);
  if (meters === undefined) tally.months.set(month, (meters = tally.cards.map((card) => new Meter(card))));
  for (const meter of meters) meter.add(record);
}

export const isCold = ({ start }: ScannedRecord): boolean => start === 'cold' || start === 'prewarmed';

function countCold({ coldStartMs, coldPhasesMs, coldReasons }: Tally, record: ScannedRecord): void {
  const { coldReason, coldStartUs, provisionUs, bootUs, initUs } = record;
  coldStartMs.add(coldStartUs / 1000);
  if (provisionUs !== null) coldPhasesMs.provision.add(provisionUs / 1000);
  if (bootUs !== null) coldPhasesMs.boot.add(bootUs / 1000);
  if (initUs !== null) coldPhasesMs.init.add(initUs / 1000);
  if (coldReason !== null) increment(coldReasons, COLD_REASONS.indexOf(coldReason));
}

const increment = (counters: number[], index: number): void => {
  counters[index] = (counters[index] ?? 0) + 1;
};

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

const ran = (outcome: Outcome): boolean => outcome !== 'throttled' && outcome !== 'cancelled';

/** By month, YYYY-MM, at the card's rules. */
export function usageByMonth(tallies: readonly Tally[], card: RateCard): Map<string, Usage> {
  const months = new Map<string, Usage>();
  for (const tally of tallies) {
    for (const [month, meters] of tally.months) {
      const name = new Date(month).toISOString().slice(0, 7);
      const sum = months.get(name) ?? noUsage();
      const meter = meters.find((candidate) => candidate.card === card);
      if (meter !== undefined) addUsage(sum, meter.usage());
      months.set(name, sum);
    }
  }
  return months;
}

/** The sum over months. */
export function usageOfAll(tallies: readonly Tally[], card: RateCard): Usage {
  const sum = noUsage();
  for (const usage of usageByMonth(tallies, card).values()) addUsage(sum, usage);
  return sum;
}

/** The figures of all of them together, at the prices of one card. */
export function summarise(tallies: readonly Tally[], card: RateCard): CostFigures {
  const usage = usageOfAll(tallies, card);
  return {
    ...counts(tallies),
    billedMs: Number(usage.billedMs),
    ...priceOf(usage, card),
    coldStartMs: percentilesOf(tallies.map((tally) => tally.coldStartMs)),
    durationMs: percentilesOf(tallies.map((tally) => tally.durationMs)),
    unpriced: Number(usage.unpriced),
    coldPhasesMs: {
      provision: percentilesOf(tallies.map(({ coldPhasesMs }) => coldPhasesMs.provision)),
      boot: percentilesOf(tallies.map(({ coldPhasesMs }) => coldPhasesMs.boot)),
      init: percentilesOf(tallies.map(({ coldPhasesMs }) => coldPhasesMs.init)),
    },
    coldReasons: coldReasons(tallies),
  };
}

function counts(tallies: readonly Tally[]) {
  const sums = { invocations: 0, coldStarts: 0, errors: 0, throttled: 0, cancelled: 0 };
  for (const { outcomes, coldStartMs } of tallies) {
    OUTCOMES.forEach((outcome, index) => {
      const many = outcomes[index] ?? 0;
      const counter = COUNTER_OF[outcome];
      sums.invocations += many;
      if (counter !== null) sums[counter] += many;
    });
    sums.coldStarts += coldStartMs.length;
  }
  return sums;
}

function coldReasons(tallies: readonly Tally[]): Record<ColdReason, number> {
  const sums = { first: 0, 'scale-out': 0, expired: 0, 'new-revision': 0, crashed: 0 };
  for (const tally of tallies) {
    COLD_REASONS.forEach((reason, index) => (sums[reason] += tally.coldReasons[index] ?? 0));
  }
  return sums;
}
