/** A rate card of the user's own: a JSON file, checked as strictly as the configuration. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { FaasError } from '../core/errors.ts';
import type { RateCard } from '../metering/rate-cards/rate-card.ts';
import { flag, listOf, text, wholeNumber } from './fields.ts';
import { configError } from './config-error.ts';
import { problemsOf } from './problems.ts';

const HOUR_MS = 3_600_000;
const MAX_MB = 1_048_576;
const MAX_FREE = Number.MAX_SAFE_INTEGER;

/** Text, because 0.1 + 0.2 of a bill is 0.3. */
const price = () =>
  text('a price in USD as decimal text, such as "0.0000166667"', /^\d{1,12}(?:\.\d{1,30})?$/);
const free = () => wholeNumber({ min: 0, max: MAX_FREE }).prefault(0);
const ascending = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));

const tier = z.strictObject(
  {
    upTo: text('GB-seconds as decimal text, or null in the last tier', /^\d{1,18}$/).nullable(),
    price: price(),
  },
  { error: 'an object with upTo and price' },
);

const tiers = z
  .union([price().transform((only) => [{ upTo: null, price: only }]), z.array(tier).min(1)], {
    error: 'a price as decimal text, or a list of tiers { "upTo": "6000000000", "price": "0.0000166667" }',
  })
  .refine(
    (list) =>
      list.at(-1)?.upTo === null &&
      ascending(list.slice(0, -1).map(({ upTo }) => (upTo === null ? Infinity : Number(upTo)))),
    { error: 'tiers in ascending order, the last one with "upTo": null' },
  );

const memory = z.discriminatedUnion(
  'basis',
  [
    z.strictObject({
      basis: z.literal('configured'),
      sizesMb: listOf(wholeNumber({ min: 1, max: MAX_MB, unit: 'MB' }), 'a list of sizes in MB').refine(
        ascending,
        { error: 'sizes in ascending order' },
      ),
    }),
    z.strictObject({
      basis: z.literal('used'),
      stepMb: wholeNumber({ min: 1, max: MAX_MB, unit: 'MB' }),
      minimumMb: wholeNumber({ min: 0, max: MAX_MB, unit: 'MB' }),
      maximumMb: wholeNumber({ min: 1, max: MAX_MB, unit: 'MB' }),
    }),
  ],
  {
    error: 'an object with basis "configured" and sizesMb, or basis "used" with stepMb, minimumMb, maximumMb',
  },
);

const share = z.strictObject({
  upToMb: wholeNumber({ min: 1, max: MAX_MB, unit: 'MB' }),
  milliVcpu: wholeNumber({ min: 1, max: 256_000 }),
});

const rateCardSchema = z.strictObject(
  {
    name: text('a name for people', /\S/),
    id: text('a name of letters, digits, dots and dashes', /^[\w.-]{1,80}$/).prefault('own'),
    provider: text('the name of a provider').prefault('own'),
    architecture: text('an architecture, such as x86_64').prefault('any'),
    region: text('the name of a region').prefault('any'),
    effectiveFrom: text('a day, YYYY-MM-DD', /^\d{4}-\d\d-\d\d$/),
    source: text('where the figures come from').prefault('a rate card of your own'),
    perRequest: price().prefault('0'),
    perGbSecond: tiers,
    tmp: z
      .strictObject({
        includedMb: wholeNumber({ min: 0, max: MAX_MB, unit: 'MB' }).prefault(512),
        perGbSecond: price().prefault('0'),
      })
      .prefault({}),
    duration: z
      .strictObject({
        stepMs: wholeNumber({ min: 1, max: HOUR_MS, unit: 'ms' }).prefault(1),
        minimumMs: wholeNumber({ min: 0, max: HOUR_MS, unit: 'ms' }).prefault(0),
        billsInit: flag().prefault(true),
      })
      .prefault({}),
    memory: memory.optional(),
    vcpu: z
      .strictObject({
        perSecond: price(),
        shares: z
          .array(share)
          .min(1)
          .refine((list) => ascending(list.map(({ upToMb }) => upToMb)), {
            error: 'shares in ascending order of upToMb',
          }),
      })
      .optional(),
    cpuTime: z.strictObject({ perMs: price() }).optional(),
    asyncEvents: z
      .strictObject({
        includedBytes: wholeNumber({ min: 65_536, max: MAX_FREE, unit: 'bytes' }),
        chunkBytes: wholeNumber({ min: 1, max: MAX_FREE, unit: 'bytes' }),
      })
      .optional(),
    provisioned: z.strictObject({ perGbSecond: price(), durationPerGbSecond: price() }).optional(),
    free: z
      .strictObject({ requests: free(), gbSeconds: free(), vcpuSeconds: free(), cpuMs: free() })
      .prefault({}),
    perMonth: price().optional(),
    notes: listOf(text('a sentence'), 'a list of sentences').prefault([]),
  },
  { error: 'an object: a rate card, see docs/cost.md' },
);

/**
 * A card from what was read of `where`, defaults filled in.
 *
 * @throws FaasError ConfigInvalid, naming every problem with its path, what was expected and what came
 */
export function parseRateCard(raw: unknown, where: string): RateCard {
  const result = rateCardSchema.safeParse(raw);
  if (!result.success) throw configError(problemsOf(result.error, rateCardSchema, raw, [], []), where);
  const { memory: billed, vcpu, cpuTime, asyncEvents, provisioned, perMonth, ...card } = result.data;
  return {
    ...card,
    family: card.id,
    currency: 'USD',
    ...(billed && { memory: billed }),
    ...(vcpu && { vcpu }),
    ...(cpuTime && { cpuTime }),
    ...(asyncEvents && { asyncEvents }),
    ...(provisioned && { provisioned }),
    ...(perMonth !== undefined && { perMonth }),
  };
}

/** Reads such a file. Throws ConfigNotFound when it is not there, ConfigInvalid when it is no rate card. */
export async function readRateCard(file: string): Promise<RateCard> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new FaasError('ConfigNotFound', `the rate card ${file} cannot be read`, {
      expected: 'a JSON file',
      got: cause instanceof Error ? cause.message : String(cause),
      remedy: '--rates ./card.json, a path from the working directory',
      cause,
    });
  });
  return parseRateCard(parseJson(text, file), file);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FaasError('ConfigInvalid', `the rate card ${file} is not JSON`, {
      expected: 'a JSON object',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}
