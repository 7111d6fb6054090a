/**
 * Google Cloud Run functions, request-based billing, tier 1 regions (us-central1 among them).
 *
 * Billed are the instance's vCPU and memory while it starts and while it serves, rounded up to 100 ms. A function names
 * its memory; the vCPU is what Google assigns to that size unless told otherwise
 * (https://cloud.google.com/functions/docs/configuring/memory). The table of services names least vCPUs, which are
 * fewer for 4 GiB; a function that is given these by hand costs less than here.
 */
import type { RateCard } from './rate-card.ts';

export const GOOGLE_CLOUD_RUN_CARDS: readonly RateCard[] = [
  {
    id: 'google-cloud-run-functions-2024-08-21',
    name: 'Google Cloud Run functions, tier 1 (request-based)',
    family: 'google-cloud-run-functions',
    provider: 'Google Cloud',
    architecture: 'x86_64',
    region: 'us-central1',
    currency: 'USD',
    effectiveFrom: '2024-08-21',
    source:
      'https://cloud.google.com/run/pricing (services, request-based billing, tier 1; checked 2026-11-25)',
    perRequest: '0.0000004',
    perGbSecond: [{ upTo: null, price: '0.0000025' }],
    tmp: { includedMb: 10_240, perGbSecond: '0' },
    duration: { stepMs: 100, minimumMs: 100, billsInit: true },
    vcpu: {
      perSecond: '0.000024',
      shares: [
        { upToMb: 128, milliVcpu: 83 },
        { upToMb: 256, milliVcpu: 167 },
        { upToMb: 512, milliVcpu: 333 },
        { upToMb: 1024, milliVcpu: 583 },
        { upToMb: 2048, milliVcpu: 1000 },
        { upToMb: 8192, milliVcpu: 2000 },
        { upToMb: 16_384, milliVcpu: 4000 },
        { upToMb: 32_768, milliVcpu: 8000 },
      ],
    },
    free: { requests: 2_000_000, gbSeconds: 360_000, vcpuSeconds: 180_000 },
    notes: [
      'One call at a time per instance is assumed; with concurrency, calls share what is billed.',
      '/tmp is memory there; what a function writes has to fit into its memory.',
    ],
  },
];
