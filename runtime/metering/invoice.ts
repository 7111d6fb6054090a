/**
 * What a provider would write on the invoice of a month: tiers, and free quantities where they are asked for. Pure.
 *
 * 1. The ledger is taken for all the use of the account in that UTC month.
 * 2. Free quantities are subtracted first; what is left fills the tiers from the first one up.
 * 3. A subscription is part of the invoice exactly where the free quantities, which it buys, are.
 */
import { cpuMsOf, gbSecondsOf, priceOf, vcpuSecondsOf } from './bill.ts';
import { Decimal } from './decimal.ts';
import { addUsage, noUsage } from './meter.ts';
import type { Usage } from './meter.ts';
import type { RateCard } from './rate-cards/rate-card.ts';

export interface MonthBill {
  /** YYYY-MM. */
  month: string;
  requestsUsd: Decimal;
  computeUsd: Decimal;
  tmpUsd: Decimal;
  subscriptionUsd: Decimal;
  totalUsd: Decimal;
}

export interface Invoice {
  /** Whether free quantities were subtracted. */
  freeTier: boolean;
  months: MonthBill[];
  totalUsd: Decimal;
  /** At first-tier prices and without the free tier, minus this invoice: what tiers and free quantities save. */
  savedUsd: Decimal;
}

export function invoiceOf(
  usageByMonth: ReadonlyMap<string, Usage>,
  card: RateCard,
  { freeTier = false }: { freeTier?: boolean } = {},
): Invoice {
  const months = [...usageByMonth]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([month, usage]) => billOfMonth(month, usage, card, freeTier));
  const totalUsd = months.reduce((sum, month) => sum.plus(month.totalUsd), Decimal.zero);
  const all = noUsage();
  for (const usage of usageByMonth.values()) addUsage(all, usage);
  return { freeTier, months, totalUsd, savedUsd: priceOf(all, card).totalUsd.minus(totalUsd) };
}

export function billOfMonth(month: string, usage: Usage, card: RateCard, freeTier: boolean): MonthBill {
  const free = freeTier ? card.free : NOTHING_FREE;
  const beyond = (used: Decimal, included: number): Decimal =>
    atLeastZero(used.minus(Decimal.integer(BigInt(included))));
  const requests = beyond(Decimal.integer(usage.requests), free.requests);
  const requestsUsd = requests.times(Decimal.parse(card.perRequest));
  const computeUsd = tiered(beyond(gbSecondsOf(usage.memoryMbMs), free.gbSeconds), card)
    .plus(
      beyond(vcpuSecondsOf(usage), free.vcpuSeconds ?? 0).times(Decimal.parse(card.vcpu?.perSecond ?? '0')),
    )
    .plus(beyond(cpuMsOf(usage), free.cpuMs ?? 0).times(Decimal.parse(card.cpuTime?.perMs ?? '0')));
  const tmpUsd = gbSecondsOf(usage.tmpMbMs).times(Decimal.parse(card.tmp.perGbSecond));
  const subscriptionUsd = freeTier ? Decimal.parse(card.perMonth ?? '0') : Decimal.zero;
  const totalUsd = requestsUsd.plus(computeUsd).plus(tmpUsd).plus(subscriptionUsd);
  return { month, requestsUsd, computeUsd, tmpUsd, subscriptionUsd, totalUsd };
}

const NOTHING_FREE: RateCard['free'] = { requests: 0, gbSeconds: 0 };

function tiered(gbSeconds: Decimal, { perGbSecond }: RateCard): Decimal {
  let usd = Decimal.zero;
  let from = Decimal.zero;
  for (const { upTo, price } of perGbSecond) {
    const to = upTo === null ? gbSeconds : lesser(gbSeconds, Decimal.parse(upTo));
    usd = usd.plus(atLeastZero(to.minus(from)).times(Decimal.parse(price)));
    from = to;
  }
  return usd;
}

const atLeastZero = (value: Decimal): Decimal => (value.compare(Decimal.zero) < 0 ? Decimal.zero : value);
const lesser = (a: Decimal, b: Decimal): Decimal => (a.compare(b) < 0 ? a : b);
