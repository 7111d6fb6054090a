/**
 * The kinds of value an option can have. Each says once, in `expected`, what it takes; error messages and the
 * documentation both print that sentence.
 */
import * as z from 'zod';
import { formatDuration, parseDurationMs } from './duration.ts';
import type { Parsed } from './parsed.ts';

/** What an option says of itself besides its type; read back through `schema.meta()`. */
declare module 'zod' {
  interface GlobalMeta {
    /** What the value must be, as error messages and docs say it. */
    expected?: string;
    /** The environment variable that sets it. */
    env?: string;
    /** The command line flag that sets it. */
    flag?: string;
    /** Never shown: neither in messages nor by `faas doctor --config`. */
    secret?: boolean;
  }
}

export function wholeNumber(range: { min: number; max: number; unit?: string }) {
  const unit = range.unit ? ` of ${range.unit}` : '';
  const expected = `a whole number${unit} from ${range.min} to ${range.max}`;
  return z
    .int({ error: expected })
    .min(range.min, { error: expected })
    .max(range.max, { error: expected })
    .meta({ expected });
}

/** Written in seconds or with a unit, kept in milliseconds. */
export function duration(range: { minMs: number; maxMs: number }) {
  const expected = `a duration from ${formatDuration(range.minMs)} to ${formatDuration(range.maxMs)}: a number of seconds, or '250ms', '10s', '5m', '1h'`;
  return z
    .union([z.number(), z.string()], { error: expected })
    .transform((value, context) => {
      const ms = parseDurationMs(value);
      if (ms !== undefined && ms >= range.minMs && ms <= range.maxMs) return ms;
      context.addIssue({ code: 'custom', message: expected, input: value });
      return z.NEVER;
    })
    .meta({ expected });
}

/** A duration, or `'off'`, which is kept as null. */
export function durationOrOff(range: { minMs: number; maxMs: number }) {
  const time = duration(range);
  const expected = `${time.meta()?.expected ?? 'a duration'}; or 'off'`;
  return z.union([z.literal('off').transform(() => null), time], { error: expected }).meta({ expected });
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  const expected = `one of ${values.map((value) => `'${value}'`).join(', ')}`;
  return z.enum(values, { error: expected }).meta({ expected });
}

export function text(expected: string, pattern = /^/) {
  return z.string({ error: expected }).regex(pattern, { error: expected }).meta({ expected });
}

export function flag() {
  const expected = 'true or false';
  return z.boolean({ error: expected }).meta({ expected });
}

export function listOf<T extends z.ZodType>(item: T, expected: string) {
  return z.array(item, { error: expected }).meta({ expected });
}

/** Hands a value to a reader of ours and its mistake to the message. */
export const readWith =
  <In, Out>(read: (value: In) => Parsed<Out>) =>
  (value: In, context: z.core.$RefinementCtx): Out => {
    const result = read(value);
    if (result.ok) return result.value;
    const { expected, got, remedy } = result.problem;
    context.addIssue({ code: 'custom', message: expected, input: value, params: { got, remedy } });
    return z.NEVER;
  };
