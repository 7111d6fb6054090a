/** Asks the running runtime, or the data directory where none runs. */
import { resolve } from 'node:path';
import { DEFAULT_RATE_CARD, findRateCard, RATE_CARDS } from '../../runtime/metering/rate-cards/index.ts';
import type { RateCard } from '../../runtime/metering/rate-cards/rate-card.ts';
import type { ReportRequest } from '../../runtime/metering/report-request.ts';
import type { CostGroup } from '../../runtime/metering/report.ts';
import type { AdminClient } from '../client/admin.ts';
import { findRuntime } from '../client/locate.ts';
import type { CostComparisonView, CostReportView } from '../client/responses.ts';
import type { Context } from '../context.ts';

export interface CostFlags {
  since?: number;
  until?: number;
  function?: string;
  by?: CostGroup;
  /** A name, a file, or `all`. */
  rates?: string;
  freeTier?: boolean;
  project?: 'recorded' | number;
  charts?: boolean;
}

export async function askForReport(context: Context, flags: CostFlags): Promise<CostReportView> {
  const { rates, ...query } = flags;
  const client = await findRuntime(context);
  // The casts: both ends are of one version; the shapes are the API's promise.
  if (client) return (await askRuntime(context, client, flags)) as CostReportView;
  const card = rates === undefined ? undefined : await cardOf(context, rates);
  return (await offline(context, {
    kind: 'cost',
    query: card === undefined ? query : { ...query, rates: card },
  })) as CostReportView;
}

export async function askForComparison(
  context: Context,
  flags: Omit<CostFlags, 'by' | 'rates' | 'project' | 'charts'>,
): Promise<CostComparisonView> {
  const client = await findRuntime(context);
  if (client) return (await askRuntime(context, client, { ...flags, rates: 'all' })) as CostComparisonView;
  return (await offline(context, {
    kind: 'comparison',
    query: flags,
    cards: RATE_CARDS,
  })) as CostComparisonView;
}

/** A card of one's own travels in the body; the names of ours in the address. */
async function askRuntime(context: Context, client: AdminClient, flags: CostFlags): Promise<unknown> {
  const { rates, freeTier, charts, ...rest } = flags;
  const query = {
    ...rest,
    ...(freeTier === true && { freeTier: 1 }),
    ...(charts === true && { charts: 1 }),
  };
  if (rates === undefined || !isFile(rates)) return client.get('/api/cost', { ...query, rates });
  // As its author would write it: what is the same for every card of one's own is not said.
  const { family: _family, currency: _currency, ...card } = await cardOf(context, rates);
  return client.post('/api/cost', { query, body: JSON.stringify(card) });
}

async function offline(context: Context, request: ReportRequest): Promise<unknown> {
  const { reportFromDataDir } = await import('../offline/cost.ts');
  return reportFromDataDir(context, request);
}

const isFile = (rates: string): boolean => /[/\\]|\.json$/u.test(rates);

/** The card a flag means; without one the default. */
export const rateCardOf = async (context: Context, rates: string | undefined): Promise<RateCard> =>
  rates === undefined ? DEFAULT_RATE_CARD : cardOf(context, rates);

async function cardOf({ io }: Context, rates: string): Promise<RateCard> {
  if (!isFile(rates)) return findRateCard(rates);
  const { readRateCard } = await import('../../runtime/config/rate-card.ts');
  return readRateCard(resolve(io.cwd, rates));
}
