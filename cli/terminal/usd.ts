import { exactDigits } from '../client/exact-json.ts';
import type { ExactNumber } from '../client/exact-json.ts';

/** `$12.34`, `$0.0012`, `$0.00000364`: two decimals, or three digits where it is less than a cent. */
export function formatUsd(value: ExactNumber): string {
  const usd = Number(exactDigits(value));
  if (usd === 0) return '$0';
  if (Math.abs(usd) >= 1) {
    return usd.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
  }
  const decimals = Math.max(2, 2 - Math.floor(Math.log10(Math.abs(usd))));
  const digits = Math.abs(usd)
    .toFixed(decimals)
    .replace(/(\.\d\d\d*?)0+$/u, '$1');
  return `${usd < 0 ? '-' : ''}$${digits}`;
}
