/**
 * IBM Cloud Functions, which is Apache OpenWhisk: GB-seconds in steps of 100 ms, no price for requests
 * (https://console.ng.bluemix.net/openwhisk/learn/pricing). IBM has closed the service; the card stays for comparison
 * and as a model for OpenWhisk installations that bill in the same way.
 */
import type { RateCard } from './rate-card.ts';

export const IBM_CLOUD_FUNCTIONS_CARDS: readonly RateCard[] = [
  {
    id: 'ibm-cloud-functions-2016-12-12',
    name: 'IBM Cloud Functions (Apache OpenWhisk)',
    family: 'ibm-cloud-functions',
    provider: 'IBM Cloud',
    architecture: 'x86_64',
    region: 'us-south',
    currency: 'USD',
    effectiveFrom: '2016-12-12',
    source: 'https://console.ng.bluemix.net/openwhisk/learn/pricing (stored copy, checked 2026-11-25)',
    perRequest: '0',
    perGbSecond: [{ upTo: null, price: '0.000017' }],
    tmp: { includedMb: 10_240, perGbSecond: '0' },
    // OpenWhisk's activation records count the init within the duration.
    duration: { stepMs: 100, minimumMs: 100, billsInit: true },
    free: { requests: 0, gbSeconds: 400_000 },
    notes: ['IBM has closed this service to new work.'],
  },
];
