/** What the invocations would have cost: `GET /api/cost`, and `POST` with a rate card of one's own as the body. */
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { Runtime } from '../../runtime/api.ts';
import { parseRateCard } from '../../runtime/config/rate-card.ts';
import { findRateCard, RATE_CARDS } from '../../runtime/metering/rate-cards/index.ts';
import type { RateCard } from '../../runtime/metering/rate-cards/rate-card.ts';
import { createReporter } from '../../runtime/metering/report-thread.ts';
import { COST_GROUPS } from '../../runtime/metering/report.ts';
import type { CostQuery } from '../../runtime/metering/report.ts';
import type { ReadySpan } from '../../runtime/metering/waste.ts';
import type { AdminEnv } from './access.ts';
import { choiceParameter, flagParameter, numberParameter, textParameter } from './query.ts';

export function costRoutes(runtime: Runtime): Hono<AdminEnv> {
  const report = createReporter(runtime.dataDir, runtime.store);
  const app = new Hono<AdminEnv>();
  // Not Hono's json(), which would take the decimals apart.
  const answer = async (context: Context<AdminEnv>, text: Promise<string>) =>
    context.body(await text, 200, { 'content-type': 'application/json' });

  app.get('/cost', (context) => {
    const { rates } = textParameter(context, 'rates', 'rates');
    const query = queryOf(context, runtime);
    if (rates === 'all') return answer(context, report({ kind: 'comparison', query, cards: RATE_CARDS }));
    return answer(context, report({ kind: 'cost', query: withRates(query, rates && findRateCard(rates)) }));
  });

  app.post('/cost', async (context) => {
    const card = parseRateCard(await context.req.json(), 'the request body');
    return answer(context, report({ kind: 'cost', query: withRates(queryOf(context, runtime), card) }));
  });

  return app;
}

const withRates = (query: CostQuery, rates: RateCard | '' | undefined): CostQuery =>
  rates ? { ...query, rates } : query;

function queryOf(context: Context<AdminEnv>, runtime: Runtime): CostQuery {
  const by = choiceParameter(context, 'by', COST_GROUPS);
  const { project } = textParameter(context, 'project', 'project');
  return {
    ...textParameter(context, 'function', 'function'),
    ...numberParameter(context, 'since', 'since'),
    ...numberParameter(context, 'until', 'until'),
    ...(by === undefined ? {} : { by }),
    ...(project === 'recorded'
      ? { project: 'recorded' as const }
      : numberParameter(context, 'project', 'project')),
    freeTier: flagParameter(context, 'freeTier'),
    charts: flagParameter(context, 'charts'),
    live: readyNow(runtime),
  };
}

/** Living instances leave their trail when they end; until then they have been ready since they started. */
function readyNow(runtime: Runtime): ReadySpan[] {
  const now = Date.now();
  return runtime
    .instances()
    .filter(({ state }) => state === 'idle' || state === 'busy' || state === 'frozen')
    .map(({ function: name, memoryMb, startedAt }) => ({
      function: name,
      memoryMb,
      from: startedAt,
      to: now,
    }));
}
