import type { FaasError } from '../../runtime/core/errors.ts';
import { toFaasError } from '../../runtime/core/errors.ts';

/** What was looked at and what was found. */
export interface Check {
  name: string;
  /** `warn`: it works, but the user should know. `fail`: something will not work. */
  status: 'ok' | 'warn' | 'fail';
  found: string;
  remedy: string | null;
}

export const ok = (name: string, found: string): Check => ({ name, status: 'ok', found, remedy: null });

export const warn = (name: string, found: string, remedy: string): Check => ({
  name,
  status: 'warn',
  found,
  remedy,
});

export const fail = (name: string, found: string, remedy: string): Check => ({
  name,
  status: 'fail',
  found,
  remedy,
});

/** An error that a check met, as that check's finding. */
export function fromError(name: string, status: Check['status'], error: unknown): Check {
  const { message, got, remedy }: FaasError = toFaasError(error);
  return { name, status, found: got === undefined ? message : `${message}: ${got}`, remedy: remedy ?? null };
}
