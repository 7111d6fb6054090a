/** The settings of what is measured: budgets, recorded events, telemetry. */
import * as z from 'zod';
import { duration, flag, listOf, text, wholeNumber } from './fields.ts';

const MINUTES_MS = 60_000;

function number(range: { min: number; max: number; what: string }) {
  const expected = `${range.what} from ${range.min} to ${range.max}`;
  return z
    .number({ error: expected })
    .min(range.min, { error: expected })
    .max(range.max, { error: expected })
    .meta({ expected });
}

const time = () => duration({ minMs: 1, maxMs: 15 * MINUTES_MS });
const share = () => number({ min: 0, max: 1, what: 'a share' });

const budgetFields = z.strictObject(
  {
    coldStartP95: time().optional().meta({
      description: 'What 95 of 100 cold starts may take at most: provision, boot and init.',
    }),
    durationP95: time().optional().meta({ description: 'What 95 of 100 calls may run at most.' }),
    billedMs: number({ min: 1, max: 900_000, what: 'milliseconds' }).optional().meta({
      description: 'Most milliseconds billed for a call, on average.',
    }),
    usdPer1000: number({ min: 0, max: 1000, what: 'US dollars' }).optional().meta({
      description: 'Most US dollars 1,000 calls may cost.',
    }),
    coldRate: share().optional().meta({ description: 'Largest share of calls that may be cold.' }),
    memoryHeadroom: share().optional().meta({
      description: 'Smallest share of the memory that must stay free, at the highest peak of any call.',
    }),
  },
  { error: "an object with limits, such as { coldStartP95: '300ms' }" },
);

/** Limits that `faas budget check` holds functions to. */
export type Budget = z.output<typeof budgetFields>;

export const functionBudget = budgetFields.optional();
export const defaultBudget = budgetFields.prefault({});

const headerNames = () => listOf(text('a header name', /^[!#$%&'*+.^`|~\w-]+$/), 'a list of header names');
const fieldNames = () =>
  listOf(
    text("a field: its name, or the way to it as in 'body.card.number'", /^[^.\s]+(?:\.[^.\s]+)*$/),
    'a list of fields',
  );

const RECORD_ERROR = 'an object with settings of recording, such as { events: true }';

/** Undefined: as the configuration says for all. */
export const functionRecord = z
  .strictObject(
    {
      events: flag()
        .optional()
        .meta({ description: "Whether this function's events are kept for `faas replay`." }),
      redact: z
        .strictObject(
          {
            headers: headerNames().prefault([]).meta({ description: 'Further headers to leave out.' }),
            fields: fieldNames().prefault([]).meta({ description: 'Further fields to leave out.' }),
          },
          { error: 'an object with headers and fields' },
        )
        .optional(),
    },
    { error: RECORD_ERROR },
  )
  .optional();

const SECRET_HEADERS = [
  'authorization',
  'cookie',
  'proxy-authorization',
  'x-api-key',
  'x-amz-security-token',
] as const;

const DEFAULT_RECORD_BYTES = 64 * 1024 * 1024;

export const record = z
  .strictObject(
    {
      events: flag().prefault(false).meta({
        description: 'Whether the events of all functions are kept for `faas replay`.',
      }),
      redact: z
        .strictObject(
          {
            headers: headerNames()
              .prefault([...SECRET_HEADERS])
              .meta({ description: 'HTTP headers whose values are not kept.' }),
            fields: fieldNames().prefault([]).meta({
              description:
                'Fields whose values are not kept: a name means every field of that name, `a.b.c` that one; also within a body of JSON.',
            }),
          },
          { error: 'an object with headers and fields' },
        )
        .prefault({}),
      maxBytes: wholeNumber({ min: 1024, max: 1_099_511_627_776 }).prefault(DEFAULT_RECORD_BYTES).meta({
        description: 'Most bytes of events that are kept; the oldest go first.',
      }),
    },
    { error: RECORD_ERROR },
  )
  .prefault({});

export type RecordSettings = z.output<typeof record>;

export const telemetry = z
  .strictObject(
    {
      otlpEndpoint: text('an http or https URL', /^https?:\/\/\S+$/)
        .optional()
        .meta({
          description:
            'Where traces are sent by OTLP over HTTP, such as `http://127.0.0.1:4318`. Left out: nowhere, and nothing is loaded for it.',
          env: 'FAAS_OTLP_ENDPOINT',
        }),
      headers: z
        .record(z.string(), z.string(), { error: 'an object of header names and values' })
        .prefault({})
        .meta({
          expected: 'an object of header names and values',
          description: 'Sent along, such as a key of the collector.',
          secret: true,
        }),
      serviceName: text('a name', /\S/).prefault('faas').meta({
        description: '`service.name` of the traces.',
        env: 'OTEL_SERVICE_NAME',
      }),
      sampleRate: share().optional().meta({
        description: 'The share of invocations whose traces are sent. Left out: all.',
      }),
    },
    { error: "an object with telemetry settings, such as { otlpEndpoint: 'http://127.0.0.1:4318' }" },
  )
  .prefault({});

export type TelemetrySettings = z.output<typeof telemetry>;
