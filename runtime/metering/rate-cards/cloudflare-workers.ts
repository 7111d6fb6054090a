/**
 * Cloudflare Workers, Standard usage model of the Paid plan.
 *
 * Billed are requests and CPU time; waiting costs nothing. 10 million requests and 30 million CPU milliseconds a month
 * are part of the plan (https://developers.cloudflare.com/workers/platform/pricing/).
 */
import type { RateCard } from './rate-card.ts';

export const CLOUDFLARE_WORKERS_CARDS: readonly RateCard[] = [
  {
    id: 'cloudflare-workers-2023-10-31',
    name: 'Cloudflare Workers Standard (CPU time)',
    family: 'cloudflare-workers',
    provider: 'Cloudflare',
    architecture: 'isolate',
    region: 'global',
    currency: 'USD',
    effectiveFrom: '2023-10-31',
    source:
      'https://developers.cloudflare.com/workers/platform/pricing/ (Standard usage model; page of 2026-10-02)',
    perRequest: '0.0000003',
    perGbSecond: [{ upTo: null, price: '0' }],
    tmp: { includedMb: 10_240, perGbSecond: '0' },
    duration: { stepMs: 1, minimumMs: 1, billsInit: false },
    cpuTime: { perMs: '0.00000002' },
    free: { requests: 10_000_000, gbSeconds: 0, cpuMs: 30_000_000 },
    perMonth: '5',
    notes: [
      'Workers have 128 MB and no file system; whether a function fits is not looked at.',
      'Invocations whose CPU time could not be read have no compute charge in these figures.',
    ],
  },
];
