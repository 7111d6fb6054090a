/** The two fields of a function with a shape of their own: its environment and its triggers. */
import * as z from 'zod';
import { HTTP_METHODS } from '../core/types.ts';
import type { CorsSettings, Trigger } from '../core/types.ts';
import { duration, flag, listOf, readWith, text } from './fields.ts';
import { HTTP_EXPECTED, parseHttpTrigger } from './http-trigger.ts';
import { mistake, parsed } from './parsed.ts';
import type { Parsed } from './parsed.ts';
import { BUCKET_EXPECTED, parseS3Event, parseS3Trigger, S3_EVENT_EXPECTED } from './s3-trigger.ts';

// --- environment --------------------------------------------------------------------------------

/** Variables that describe the sandbox to the function; set by the runtime, as Lambda does. */
const RESERVED = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
]);

const ENV_EXPECTED = 'an object of environment variables: names and texts, numbers or booleans';
const ENV_VALUE_EXPECTED = 'a text, number or boolean';

export const environment = z
  .record(
    z.string().transform(readWith(readVariableName)),
    z.union([z.string(), z.number(), z.boolean()], { error: ENV_VALUE_EXPECTED }).transform(String),
    { error: ENV_EXPECTED },
  )
  .meta({ expected: ENV_EXPECTED });

function readVariableName(name: string): Parsed<string> {
  if (RESERVED.has(name)) {
    return mistake('a variable the runtime does not set itself', { got: name, remedy: `remove ${name}` });
  }
  if (/^[A-Za-z_]\w*$/.test(name)) return parsed(name);
  return mistake('a variable name: letters, digits and _, not beginning with a digit', {
    got: `'${name}'`,
  });
}

// --- triggers -----------------------------------------------------------------------------------

const CORS_EXPECTED =
  'true, or an object with allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials, maxAge';
const names = (of: string) => listOf(text(`a ${of}`, /\S/), `a list of ${of}s`);

const cors = z
  .union(
    [
      z.boolean(),
      z.strictObject({
        allowOrigins: names('origin')
          .prefault(['*'])
          .meta({ description: 'Origins that may read the answer.' }),
        allowMethods: listOf(
          z.enum([...HTTP_METHODS, '*'], { error: 'an HTTP method or *' }),
          'a list of HTTP methods',
        )
          .prefault(['*'])
          .meta({ description: 'Methods a preflight allows.' }),
        allowHeaders: names('header name')
          .prefault(['*'])
          .meta({ description: 'Request headers a preflight allows.' }),
        exposeHeaders: names('header name')
          .prefault([])
          .meta({ description: 'Answer headers a page may read.' }),
        allowCredentials: flag()
          .prefault(false)
          .meta({ description: 'Whether cookies may be sent. Needs named origins.' }),
        maxAge: duration({ minMs: 0, maxMs: 86_400_000 })
          .prefault(0)
          .meta({ description: 'How long a preflight is kept.' }),
      }),
    ],
    { error: CORS_EXPECTED },
  )
  .transform(
    readWith((input): Parsed<CorsSettings | undefined> => {
      if (input === false) return parsed(undefined);
      if (input === true) return parsed(ANY_ORIGIN);
      if (input.allowCredentials && input.allowOrigins.includes('*')) {
        return mistake('named origins where allowCredentials is true', {
          got: "allowOrigins: ['*']",
          remedy: 'list the origins, such as https://app.example.com: browsers refuse * with credentials',
        });
      }
      const { maxAge, ...rest } = input;
      return parsed({ ...rest, maxAgeSeconds: Math.round(maxAge / 1000) });
    }),
  )
  .meta({ expected: CORS_EXPECTED });

const ANY_ORIGIN: CorsSettings = {
  allowOrigins: ['*'],
  allowMethods: ['*'],
  allowHeaders: ['*'],
  exposeHeaders: [],
  allowCredentials: false,
  maxAgeSeconds: 0,
};

const http = z
  .union(
    [
      z.string(),
      z.strictObject({
        method: text(`a method: ${HTTP_METHODS.join(', ')}`)
          .prefault('ANY')
          .meta({ description: 'The HTTP method, or `ANY`.' }),
        path: text("a path that begins with '/'").meta({
          description:
            'Literal parts, `:name` or `{name}`, and last `/*`, `:name+` or `{name+}`. The most specific route wins.',
        }),
        cors: cors.optional().meta({ description: '`true` for any origin, or an object (below).' }),
      }),
    ],
    { error: HTTP_EXPECTED },
  )
  .transform(readWith(parseHttpTrigger))
  .meta({ expected: HTTP_EXPECTED });

const s3 = z
  .union(
    [
      z.string(),
      z.strictObject({
        bucket: text(BUCKET_EXPECTED).meta({ description: 'The bucket; it is created at start.' }),
        events: listOf(
          z.string({ error: S3_EVENT_EXPECTED }).transform(readWith(parseS3Event)),
          'a list of S3 event names',
        )
          .prefault(['ObjectCreated:*'])
          .meta({ description: 'Event names, with or without `s3:`; `*` for a whole family.' }),
        prefix: text('the beginning of an object key')
          .prefault('')
          .meta({ description: 'Only keys that begin so.' }),
        suffix: text('the end of an object key').prefault('').meta({ description: 'Only keys that end so.' }),
      }),
    ],
    { error: "an object with bucket, events, prefix and suffix, or 'bucket:event:prefix:suffix'" },
  )
  .transform(readWith(parseS3Trigger));

const notYet = (what: string) =>
  z
    .undefined({ error: `no ${what} trigger: this version of faas runs http and s3 triggers only` })
    .optional();

const TRIGGER_EXPECTED = "a trigger: { http: 'METHOD /path' } or { s3: { bucket, events, prefix, suffix } }";

const trigger = z
  .strictObject(
    { http: http.optional(), s3: s3.optional(), schedule: notYet('schedule'), queue: notYet('queue') },
    { error: TRIGGER_EXPECTED },
  )
  .transform(
    readWith((input): Parsed<Trigger> => {
      const given = [input.http, input.s3].filter((one) => one !== undefined);
      const [only] = given;
      if (only && given.length === 1) return parsed(only);
      return mistake(TRIGGER_EXPECTED, {
        got: given.length === 0 ? 'a trigger of no kind' : 'http and s3 in one trigger',
        remedy: 'write one object for each trigger',
      });
    }),
  )
  .meta({ expected: TRIGGER_EXPECTED });

export const triggers = listOf(trigger, "a list of triggers, such as [{ http: 'GET /hello' }]");
