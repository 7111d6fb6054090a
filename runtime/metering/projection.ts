/** From what was recorded to a month like that. Pure; an estimate, hence the only report with rounded quantities. */
import { billOfMonth } from './invoice.ts';
import type { MonthBill } from './invoice.ts';
import { scaleUsage } from './meter.ts';
import type { Usage } from './meter.ts';
import type { RateCard } from './rate-cards/rate-card.ts';

/** As AWS reckons: 365 days / 12. */
const MONTH_MS = 730 * 3_600_000;

export interface Projection {
  /** `recorded`: the period at which the calls came, gone on for a month. */
  rate: 'recorded' | 'given';
  callsPerMonth: number;
  /** The month's invoice. */
  bill: MonthBill;
}

export interface Recorded {
  usage: Usage;
  /** Calls that ran. */
  calls: number;
  periodMs: number;
}

/** Null where there is nothing to project from: no call, or a period without length. */
export function projectionOf(
  { usage, calls, periodMs }: Recorded,
  card: RateCard,
  { freeTier, project }: { freeTier: boolean; project: 'recorded' | number },
): Projection | null {
  const callsPerMonth = project === 'recorded' ? Math.round((calls * MONTH_MS) / periodMs) : project;
  if (calls === 0 || !Number.isSafeInteger(callsPerMonth)) return null;
  const scaled = scaleUsage(usage, BigInt(callsPerMonth), BigInt(calls));
  return {
    rate: project === 'recorded' ? 'recorded' : 'given',
    callsPerMonth,
    bill: billOfMonth('projected', scaled, card, freeTier),
  };
}
