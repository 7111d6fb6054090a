/** /api/functions and /api/deploy: what is deployed, and calling it by hand. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { DeployRequest, Runtime } from '../../runtime/api.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { newRequestId } from '../../runtime/core/ids.ts';
import type { InvokeResult, LogLine } from '../../runtime/core/types.ts';
import type { AdminEnv } from './access.ts';
import { AdminRefusal } from './errors.ts';
import { flagParameter } from './query.ts';
import { functionView } from './views.ts';

const MAX_DEPLOY_BYTES = 1024 * 1024;
const MAX_EVENT_BYTES = 6 * 1024 * 1024;
const BY_HAND = { type: 'direct', source: null } as const;

/** `url`: where HTTP triggers are served. */
export function functionRoutes(runtime: Runtime, url: string): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();

  app.get('/functions', (context) =>
    context.json({ functions: runtime.functions().map((deployed) => functionView(deployed, url)) }),
  );

  app.delete('/functions/:name', async (context) => {
    const name = context.req.param('name');
    await runtime.remove(name);
    return context.json({ removed: name });
  });

  app.post('/deploy', limited(MAX_DEPLOY_BYTES), async (context) => {
    const result = await runtime.deploy(readDeployRequest(await context.req.text()));
    return context.json({ ...result, function: functionView(result.function, url) });
  });

  app.post('/functions/:name/invoke', limited(MAX_EVENT_BYTES), async (context) => {
    const name = context.req.param('name');
    const payload = readEvent(Buffer.from(await context.req.arrayBuffer()));
    const requestId = newRequestId();
    if (flagParameter(context, 'async')) {
      if (!runtime.function(name)) throw notDeployed(runtime, name);
      runtime.enqueue({ requestId, function: name, payload, trigger: BY_HAND, parentRequestId: null });
      return context.json({ requestId }, 202);
    }
    const { signal } = context.req.raw;
    const result = await runtime.invoke({ function: name, payload, trigger: BY_HAND, requestId, signal });
    const log = flagParameter(context, 'log') ? runtime.store.logs.lines({ requestId }) : undefined;
    return context.body(invokeAnswer(result, log), 200, { 'content-type': 'application/json' });
  });

  return app;
}

const limited = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new AdminRefusal(413, 'PayloadTooLarge', `the body is larger than ${maxSize} bytes`);
    },
  });

/** The answer of the function goes in as the text it is, so that no digit of a number is lost on the way. */
function invokeAnswer({ record, payload, error }: InvokeResult, log: LogLine[] | undefined): string {
  const parts = [
    `"record":${JSON.stringify(record)}`,
    `"payload":${payload === null ? 'null' : Buffer.from(payload).toString('utf8')}`,
    `"error":${JSON.stringify(error)}`,
    ...(log === undefined ? [] : [`"log":${JSON.stringify(log)}`]),
  ];
  return `{${parts.join(',')}}`;
}

function readEvent(body: Buffer): Buffer {
  if (body.length === 0) return Buffer.from('{}');
  try {
    JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new FaasError('UsageError', 'the event is not JSON', {
      expected: 'a JSON value',
      got: (error as Error).message,
      cause: error,
    });
  }
  return body;
}

/** Only what is a matter of shape is checked here; the settings themselves are checked by the configuration's schema. */
function readDeployRequest(text: string): DeployRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badDeploy('a JSON object', (error as Error).message);
  }
  if (!isRecord(value)) throw badDeploy('a JSON object', JSON.stringify(value).slice(0, 60));
  const { source, name, overrides, configFile } = value;
  if (typeof source !== 'string' || source === '')
    throw badDeploy('source: the absolute path of a folder', show(source));
  if (name !== undefined && typeof name !== 'string') throw badDeploy('name: a string', show(name));
  if (configFile !== undefined && typeof configFile !== 'string')
    throw badDeploy('configFile: a path', show(configFile));
  if (overrides !== undefined && !isRecord(overrides))
    throw badDeploy('overrides: an object', show(overrides));
  return {
    source,
    ...(name === undefined ? {} : { name }),
    ...(overrides === undefined ? {} : { overrides }),
    ...(configFile === undefined ? {} : { configFile }),
  };
}

const badDeploy = (expected: string, got: string): FaasError =>
  new FaasError('UsageError', 'the deploy request cannot be used', { expected, got });

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function notDeployed(runtime: Runtime, name: string): FaasError {
  const names = runtime.functions().map(({ settings }) => settings.name);
  return new FaasError('FunctionNotFound', `no function '${name}' is deployed`, {
    expected: names.length > 0 ? `one of ${names.join(', ')}` : 'a deployed function',
    got: name,
    remedy: 'faas deploy DIR deploys one',
  });
}
