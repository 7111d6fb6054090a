/** POST /api/query: read-only SQL over what was recorded. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Runtime } from '../../runtime/api.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { query, QUERY_LIMITS, type QueryOptions, type QueryValue } from '../../runtime/store/query.ts';
import type { AdminEnv } from './access.ts';
import { AdminRefusal } from './errors.ts';

const MAX_QUERY_BYTES = 64 * 1024;

export function queryRoutes({ store, dataDir }: Runtime): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  app.post('/query', bodyLimit({ maxSize: MAX_QUERY_BYTES, onError: tooLong }), async (context) => {
    const isJson = context.req.header('content-type')?.startsWith('application/json') ?? false;
    const text = await context.req.text();
    const options = isJson ? readOptions(text) : { sql: text };
    // What was appended a moment ago is not in the file yet, and another process reads it.
    store.ledger.flush();
    store.logs.flush();
    return context.json(await query(dataDir, options));
  });
  return app;
}

const tooLong = (): never => {
  throw new AdminRefusal(413, 'PayloadTooLarge', `the query is longer than ${MAX_QUERY_BYTES} bytes`);
};

function readOptions(text: string): QueryOptions {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong('a JSON object', (error as Error).message);
  }
  if (typeof value !== 'object' || value === null) throw wrong('a JSON object', JSON.stringify(value));
  const { sql, parameters = [], limit = QUERY_LIMITS.defaultRows } = value as Record<string, unknown>;
  if (typeof sql !== 'string' || sql.trim() === '') throw wrong('sql: a text', JSON.stringify(sql) ?? 'none');
  if (!Array.isArray(parameters) || !parameters.every(isValue)) {
    throw wrong('parameters: a list of texts, numbers and nulls', JSON.stringify(parameters));
  }
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > QUERY_LIMITS.mostRows) {
    throw wrong(`limit: a whole number from 1 to ${QUERY_LIMITS.mostRows}`, JSON.stringify(limit));
  }
  return { sql, parameters, maxRows: limit };
}

const isValue = (value: unknown): value is QueryValue =>
  value === null || typeof value === 'string' || typeof value === 'number';

const wrong = (expected: string, got: string): FaasError =>
  new FaasError('UsageError', 'the request for a query cannot be used', {
    expected,
    got,
    remedy: '{"sql": "SELECT function, count(*) FROM records GROUP BY 1"}',
  });
