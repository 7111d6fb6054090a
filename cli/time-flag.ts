import { InvalidArgumentError } from 'commander';
import { parseDurationMs } from '../runtime/config/duration.ts';

/** `10m` (that long ago), `2026-11-24`, `2026-11-24T10:00:00Z`: as epoch milliseconds. */
export function pointInTime(text: string): number {
  // A bare number is a year to some and seconds to others: refused rather than guessed.
  const ago = /^\d+(\.\d+)?$/u.test(text) ? undefined : parseDurationMs(text);
  if (ago !== undefined) return Date.now() - ago;
  const at = /^\d{4}-\d\d-\d\d/u.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('Expected how long ago (10m, 2h, 7d) or an ISO date.');
  return at;
}
