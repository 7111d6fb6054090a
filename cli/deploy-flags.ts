/** The flags of `faas deploy` in the configuration file's own notation, so that one schema judges both. */
import { InvalidArgumentError } from 'commander';
import { parseHttpTrigger } from '../runtime/config/http-trigger.ts';
import type { Parsed } from '../runtime/config/parsed.ts';
import { parseS3Trigger } from '../runtime/config/s3-trigger.ts';

export interface DeployFlags {
  name?: string;
  handler?: string;
  runtime?: string;
  memory?: number;
  timeout?: string | number;
  idleTimeout?: string | number;
  concurrency?: number;
  env?: Record<string, string>;
  http?: string[];
  s3?: string[];
  schedule?: string[];
}

/** Keys of a function in faas.config.ts; only what was given on the command line. */
export function overridesOf(flags: DeployFlags): Record<string, unknown> {
  const { handler, runtime, memory, timeout, idleTimeout, concurrency, env } = flags;
  const triggers = triggersOf(flags);
  const given = { handler, runtime, memory, timeout, idleTimeout, concurrency, env };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...(triggers.length > 0 ? { triggers } : {}),
  };
}

function triggersOf({ http = [], s3 = [], schedule = [] }: DeployFlags): Record<string, unknown>[] {
  return [
    ...http.map((route) => ({ http: route })),
    ...s3.map((text) => {
      const { bucket, events, prefix, suffix } = orThrow(parseS3Trigger(text));
      return { s3: { bucket, events, prefix, suffix } };
    }),
    ...schedule.map((expression) => ({ schedule: expression })),
  ];
}

/** Collects a repeatable flag; each value is judged at once, so that the message names the flag. */
export const collectHttp = (text: string, before: string[] = []): string[] => {
  orThrow(parseHttpTrigger(text));
  return [...before, text];
};

export const collectS3 = (text: string, before: string[] = []): string[] => {
  orThrow(parseS3Trigger(text));
  return [...before, text];
};

export const collect = (text: string, before: string[] = []): string[] => [...before, text];

export function collectEnv(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Expected NAME=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/u.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/** `10` means seconds as in the configuration file; `10s` and `250ms` are left for the schema to read. */
export const duration = (text: string): string | number =>
  /^\d+(\.\d+)?$/u.test(text) ? Number(text) : text;

function orThrow<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  const { expected, got, remedy } = parsed.problem;
  const details = [`Expected ${expected}`, got && `got ${got}`, remedy].filter(Boolean);
  throw new InvalidArgumentError(`${details.join('; ')}.`);
}
