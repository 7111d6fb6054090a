import { FaasError } from '../../runtime/core/errors.ts';
import type { Colors } from '../context.ts';

/** Wrong usage, as opposed to an operation that failed: exit code 2. */
const USAGE_CODES: ReadonlySet<string> = new Set(['UsageError', 'ConfigInvalid', 'ConfigNotFound']);

export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof FaasError && USAGE_CODES.has(error.code) ? 2 : 1;
}

/** What --json prints on stdout when a command fails. */
export function errorDocument(error: unknown): { error: Record<string, string | null> } {
  const { code, message, expected, got, remedy } = detailsOf(error);
  return { error: { code, message, expected: expected ?? null, got: got ?? null, remedy: remedy ?? null } };
}

/** An error as people read it: what happened, what was expected, what came, what to do. */
export function describeError(error: unknown, colors: Colors, verbose: boolean): string {
  const details = detailsOf(error);
  const lines = [`${colors.red(colors.bold('error:'))} ${indentRest(details.message, 2)}`];
  for (const label of ['expected', 'got', 'remedy'] as const) {
    const text = details[label];
    if (text !== undefined) lines.push(`  ${colors.dim(label.padEnd(8))}  ${indentRest(text, 12)}`);
  }
  if (verbose) lines.push('', colors.dim(stackOf(error)));
  return lines.join('\n');
}

function detailsOf(error: unknown): {
  code: string;
  message: string;
  expected?: string | undefined;
  got?: string | undefined;
  remedy?: string | undefined;
} {
  if (error instanceof FaasError) return error;
  return {
    code: 'Internal',
    message: error instanceof Error ? error.message : String(error),
    remedy: 'this is a defect of faas; --verbose shows where it happened',
  };
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackOf(error.cause)}`;
}

const indentRest = (text: string, by: number): string => text.replaceAll('\n', `\n${' '.repeat(by)}`);
