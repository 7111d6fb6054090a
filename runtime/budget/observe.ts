/** What budgets are held against: the figures of one revision's calls. */
import type { InvocationRecord, Outcome } from '../core/types.ts';
import { bill } from '../metering/bill.ts';
import { Decimal } from '../metering/decimal.ts';
import type { RateCard } from '../metering/rate-cards/rate-card.ts';

export interface Observed {
  function: string;
  revision: string | null;
  memoryMb: number;
  /** Calls that ran, and of these those that failed. */
  calls: number;
  errors: number;
  coldStarts: number;
  /** Smallest first, all three. */
  durationMs: number[];
  coldStartMs: number[];
  billedMs: number[];
  /** Of all calls together. */
  usd: Decimal;
  /** The highest peak of any call; null where none could be read. */
  peakMemoryMb: number | null;
}

/** Of the records of one function; refused and cancelled calls say nothing of it. */
export function observe(name: string, records: Iterable<InvocationRecord>, rates: RateCard): Observed {
  const observed: Observed = {
    function: name,
    revision: null,
    memoryMb: 0,
    calls: 0,
    errors: 0,
    coldStarts: 0,
    durationMs: [],
    coldStartMs: [],
    billedMs: [],
    usd: Decimal.zero,
    peakMemoryMb: null,
  };
  for (const record of records) if (RAN[record.outcome]) add(observed, record, rates);
  for (const values of [observed.durationMs, observed.coldStartMs, observed.billedMs]) {
    values.sort((a, b) => a - b);
  }
  return observed;
}

function add(observed: Observed, record: InvocationRecord, rates: RateCard): void {
  observed.revision = record.revision;
  observed.memoryMb = record.memoryMb;
  observed.calls += 1;
  if (record.outcome !== 'success') observed.errors += 1;
  observed.durationMs.push(record.durationMs);
  observed.billedMs.push(record.billedMs);
  observed.usd = observed.usd.plus(bill(record, rates).totalUsd);
  if (record.start !== null && record.start !== 'warm') {
    observed.coldStarts += 1;
    observed.coldStartMs.push(record.coldStartMs);
  }
  if (record.maxMemoryMb !== null) {
    observed.peakMemoryMb = Math.max(observed.peakMemoryMb ?? 0, record.maxMemoryMb);
  }
}

const RAN: Record<Outcome, boolean> = {
  success: true,
  error: true,
  timeout: true,
  oom: true,
  crash: true,
  'init-error': true,
  throttled: false,
  cancelled: false,
};

/** In US dollars per 1,000 calls; null without calls. */
export const usdPer1000 = ({ usd, calls }: Observed): number | null =>
  calls === 0 ? null : (Number(usd.toString()) / calls) * 1000;
