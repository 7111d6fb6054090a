/**
 * AWS Lambda, on demand, us-east-1.
 *
 * 2022-08-01: prices fall with the month's use
 * (https://aws.amazon.com/about-aws/whats-new/2022/08/aws-lambda-tiered-pricing/).
 * 2025-08-01: same prices, but the init phase of zip functions on managed runtimes is billed too, as it always was
 * for images (https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/).
 *
 * An asynchronous event is one request up to 256 KB and one more for each 64 KB above; it could not be larger before
 * October 2025, so that the rule is the same on every card.
 */
import type { RateCard } from './rate-card.ts';

const BASE = {
  provider: 'AWS Lambda',
  region: 'us-east-1',
  currency: 'USD',
  source:
    'https://aws.amazon.com/lambda/pricing/ (AWS price list of us-east-1, read 2025-10-28, checked 2026-11-25)',
  perRequest: '0.0000002',
  tmp: { includedMb: 512, perGbSecond: '0.0000000309' },
  asyncEvents: { includedBytes: 262_144, chunkBytes: 65_536 },
  free: { requests: 1_000_000, gbSeconds: 400_000 },
} as const;

const X86 = {
  ...BASE,
  family: 'aws-lambda-x86',
  architecture: 'x86_64',
  perGbSecond: [
    { upTo: '6000000000', price: '0.0000166667' },
    { upTo: '15000000000', price: '0.0000150000' },
    { upTo: null, price: '0.0000133334' },
  ],
  provisioned: { perGbSecond: '0.0000041667', durationPerGbSecond: '0.0000097222' },
} as const;

const ARM64 = {
  ...BASE,
  family: 'aws-lambda-arm64',
  architecture: 'arm64',
  perGbSecond: [
    { upTo: '7500000000', price: '0.0000133334' },
    { upTo: '18750000000', price: '0.0000120001' },
    { upTo: null, price: '0.0000106667' },
  ],
  provisioned: { perGbSecond: '0.0000033334', durationPerGbSecond: '0.0000077778' },
} as const;

const INIT_FREE = { stepMs: 1, minimumMs: 1, billsInit: false };
const INIT_BILLED = { stepMs: 1, minimumMs: 1, billsInit: true };

export const AWS_LAMBDA_X86 = {
  ...X86,
  id: 'aws-lambda-x86-2025-08-01',
  name: 'AWS Lambda x86, us-east-1 (init billed)',
  effectiveFrom: '2025-08-01',
  duration: INIT_BILLED,
} as const satisfies RateCard;

export const AWS_LAMBDA_CARDS: readonly RateCard[] = [
  AWS_LAMBDA_X86,
  {
    ...X86,
    id: 'aws-lambda-x86-2022-08-01',
    name: 'AWS Lambda x86, us-east-1 (init free)',
    effectiveFrom: '2022-08-01',
    duration: INIT_FREE,
  },
  {
    ...ARM64,
    id: 'aws-lambda-arm64-2025-08-01',
    name: 'AWS Lambda arm64, us-east-1 (init billed)',
    effectiveFrom: '2025-08-01',
    duration: INIT_BILLED,
  },
  {
    ...ARM64,
    id: 'aws-lambda-arm64-2022-08-01',
    name: 'AWS Lambda arm64, us-east-1 (init free)',
    effectiveFrom: '2022-08-01',
    duration: INIT_FREE,
  },
];
