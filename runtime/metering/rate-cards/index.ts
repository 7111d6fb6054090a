import { FaasError } from '../../core/errors.ts';
import { AWS_LAMBDA_CARDS, AWS_LAMBDA_X86 } from './aws-lambda.ts';
import { AZURE_FUNCTIONS_CARDS } from './azure-functions.ts';
import { CLOUDFLARE_WORKERS_CARDS } from './cloudflare-workers.ts';
import { GOOGLE_CLOUD_RUN_CARDS } from './google-cloud-run.ts';
import { IBM_CLOUD_FUNCTIONS_CARDS } from './ibm-cloud-functions.ts';
import type { RateCard } from './rate-card.ts';

export const RATE_CARDS: readonly RateCard[] = [
  ...AWS_LAMBDA_CARDS,
  ...GOOGLE_CLOUD_RUN_CARDS,
  ...AZURE_FUNCTIONS_CARDS,
  ...CLOUDFLARE_WORKERS_CARDS,
  ...IBM_CLOUD_FUNCTIONS_CARDS,
];

/** What is applied when nothing is said, and what `billedMs` of a record follows. */
export const DEFAULT_RATE_CARD: RateCard = AWS_LAMBDA_X86;

/** The card of that id, or the newest of that family. Throws UsageError for any other name. */
export function findRateCard(name: string): RateCard {
  const newestFirst = RATE_CARDS.toSorted((a, b) => b.effectiveFrom.localeCompare(a.effectiveFrom));
  const card = newestFirst.find((candidate) => candidate.id === name || candidate.family === name);
  if (card !== undefined) return card;
  throw new FaasError('UsageError', `no rate card is called '${name}'`, {
    expected: `one of ${RATE_CARDS.map((known) => known.id).join(', ')}`,
    got: name,
    remedy: 'A name without its date, aws-lambda-x86 for one, means the newest; ./card.json means a file.',
  });
}
