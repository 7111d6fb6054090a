/**
 * Azure Functions, East US, pay as you go.
 *
 * Consumption bills the memory that was observed, in steps of 128 MB, for at least 100 ms
 * (https://azure.microsoft.com/pricing/details/functions/).
 * Flex Consumption, on demand, bills the size of the instance for at least 1,000 ms and then in steps of 100 ms
 * (https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#billing).
 */
import type { RateCard } from './rate-card.ts';

const BASE = {
  provider: 'Azure Functions',
  architecture: 'x86_64',
  region: 'eastus',
  currency: 'USD',
  // /tmp is part of the instance on both plans.
  tmp: { includedMb: 10_240, perGbSecond: '0' },
} as const;

export const AZURE_FUNCTIONS_CARDS: readonly RateCard[] = [
  {
    ...BASE,
    id: 'azure-functions-consumption-2016-11-15',
    name: 'Azure Functions Consumption, East US',
    family: 'azure-functions-consumption',
    effectiveFrom: '2016-11-15',
    source: 'https://azure.microsoft.com/pricing/details/functions/ (Consumption plan; checked 2026-11-25)',
    perRequest: '0.0000002',
    perGbSecond: [{ upTo: null, price: '0.000016' }],
    duration: { stepMs: 1, minimumMs: 100, billsInit: false },
    memory: { basis: 'used', stepMb: 128, minimumMb: 128, maximumMb: 1536 },
    free: { requests: 1_000_000, gbSeconds: 400_000 },
    notes: [
      'Azure bills the memory as sampled; the peak stands for it here, which is never less.',
      'Invocations whose peak memory could not be read have no compute charge in these figures.',
    ],
  },
  {
    ...BASE,
    id: 'azure-functions-flex-2024-11-19',
    name: 'Azure Functions Flex Consumption, East US (on demand)',
    family: 'azure-functions-flex',
    effectiveFrom: '2024-11-19',
    source:
      'https://azure.microsoft.com/pricing/details/functions/ (Flex Consumption plan, on demand; retail prices of 2026-09-23, checked 2026-11-25)',
    perRequest: '0.0000004',
    perGbSecond: [{ upTo: null, price: '0.000026' }],
    duration: { stepMs: 100, minimumMs: 1000, billsInit: false },
    memory: { basis: 'configured', sizesMb: [512, 2048, 4096] },
    free: { requests: 250_000, gbSeconds: 100_000 },
    notes: [
      'One call at a time per instance is assumed, so that each pays the minimum of 1,000 ms by itself.',
      'Functions with more than 4,096 MB cannot run there and have no compute charge in these figures.',
    ],
  },
];
