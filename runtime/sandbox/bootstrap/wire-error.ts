import type { WireError } from '../channel/messages.ts';
import { readableStack } from './stack-text.ts';

/** Error types that the Lambda Node runtime gives names of its own. */
export const RUNTIME_ERRORS = [
  'ImportModuleError',
  'UserCodeSyntaxError',
  'HandlerNotFound',
  'MalformedHandlerName',
  'MalformedStreamingHandler',
  'NodeJsExit',
  'UnhandledPromiseRejection',
] as const;

export class RuntimeError extends Error {
  constructor(kind: (typeof RUNTIME_ERRORS)[number], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = `Runtime.${kind}`;
    // The user's lines say where it happened, ours do not.
    const [, ...lines] = (cause instanceof Error && cause.stack?.split('\n')) || [];
    this.stack = [`${this.name}: ${message}`, ...lines.filter((line) => /^\s+at /.test(line))].join('\n');
  }
}

/** A message longer than this helps nobody and would have to be carried and kept everywhere. */
const MAX_TEXT = 256 * 1024;

/**
 * Any thrown value as Lambda's Node runtime shows it to the caller: errors and whatever looks like one by name,
 * message and trace, other values by type and text.
 */
export function toWireError(thrown: unknown): WireError {
  try {
    if (isErrorLike(thrown)) {
      return {
        errorType: thrown.name,
        errorMessage: thrown.message.slice(0, MAX_TEXT),
        trace: readableStack((thrown.stack ?? '').slice(0, MAX_TEXT)).split('\n'),
      };
    }
    return { errorType: typeof thrown, errorMessage: String(thrown).slice(0, MAX_TEXT), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage: 'an error was reported whose name, message or stack cannot be read',
      trace: [],
    };
  }
}

function isErrorLike(value: unknown): value is { name: string; message: string; stack?: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { name, message, stack } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    typeof message === 'string' &&
    (typeof stack === 'string' || value instanceof Error)
  );
}

/** The JSON that Lambda's Node runtime logs beside `Invoke Error`: the same and what the user added to the error. */
export function toLoggedError(thrown: unknown): string {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  try {
    return JSON.stringify(error, (_key, value: unknown) =>
      value instanceof Error ? spelledOut(value) : value,
    );
  } catch {
    return JSON.stringify(toWireError(error));
  }
}

function spelledOut(error: Error): object {
  return Object.assign(
    { errorType: error.name, errorMessage: error.message, code: (error as { code?: unknown }).code },
    error,
    { stack: typeof error.stack === 'string' ? readableStack(error.stack).split('\n') : undefined },
  );
}
