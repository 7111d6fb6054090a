import { InvalidArgumentError } from 'commander';

const UNITS: Record<string, number> = {
  s: 730 * 3600,
  sec: 730 * 3600,
  second: 730 * 3600,
  min: 730 * 60,
  minute: 730 * 60,
  h: 730,
  hour: 730,
  d: 730 / 24,
  day: 730 / 24,
  month: 1,
};

/** `10/s`, `5000/day`, `2.5M/month`: as calls a month of 730 hours. */
export function projectedRate(text: string): number {
  const match = /^(?<count>\d+(?:\.\d+)?)(?<thousands>[kM]?)\/(?<unit>[a-z]+)$/u.exec(text.trim());
  const { count, thousands, unit = '' } = match?.groups ?? {};
  const perMonth = UNITS[unit];
  if (perMonth === undefined) {
    throw new InvalidArgumentError('Expected calls per time: 10/s, 600/min, 5000/day or 2.5M/month.');
  }
  const factor = thousands === 'M' ? 1_000_000 : thousands === 'k' ? 1000 : 1;
  return Math.round(Number(count) * factor * perMonth);
}
