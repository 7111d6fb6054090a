/** Flags that hold several values, apart by commas. */
import { InvalidArgumentError } from 'commander';
import { parseDurationMs } from '../../runtime/config/duration.ts';

export function duration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError('Expected a time such as 250ms, 30s, 5m, 1h.');
  return ms;
}

export const durations = (text: string): number[] => text.split(',').map(duration);

/** Whole numbers in a range; with `one`, a single one. */
export function numbers(range: { min: number; max: number; one: true }): (text: string) => number;
export function numbers(range: { min: number; max: number }): (text: string) => number[];
export function numbers({ min, max, one = false }: { min: number; max: number; one?: boolean }) {
  return (text: string): number | number[] => {
    const values = text.split(',').map((part) => (/^\s*\d+\s*$/u.test(part) ? Number(part) : Number.NaN));
    const [first = Number.NaN] = values;
    const fits = values.every((value) => value >= min && value <= max);
    if (fits && !(one && values.length > 1)) return one ? first : values;
    const kind = one ? 'a whole number' : 'whole numbers, apart by commas,';
    throw new InvalidArgumentError(`Expected ${kind} from ${min} to ${max}.`);
  };
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `5/s`, `90/m`, `20/h`: as calls a second. */
export function perSecond(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\/(s|m|h|d)$/u.exec(text.trim()) ?? [];
  // The pattern admits these units only.
  const rate = Number(amount) / SECONDS[unit as keyof typeof SECONDS];
  if (rate > 0) return rate;
  throw new InvalidArgumentError('Expected a number and a time: 5/s, 90/m, 20/h, 500/d.');
}
