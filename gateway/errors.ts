/** Every status code that goes wrong, once: for the callers of HTTP triggers and for the administration. */
import { ERROR_CODES, type ErrorCode } from '../runtime/core/errors.ts';
import type { Outcome } from '../runtime/core/types.ts';

/**
 * What the caller of an HTTP trigger may learn. The messages name no file, no stack and nothing of the
 * function's own error: it may be a stranger who reads them.
 */
export const HTTP_ERRORS = {
  HostNotAllowed: { status: 403, message: 'this server does not answer to that Host' },
  RouteNotFound: { status: 404, message: 'no function has a route for this path' },
  MethodNotAllowed: { status: 405, message: 'the path has a route, but not for this method' },
  RequestTimeout: { status: 408, message: 'the request body did not arrive in time' },
  PayloadTooLarge: { status: 413, message: 'the request body is larger than 6 MB' },
  Throttled: { status: 429, message: 'no room for this request now; try again' },
  Internal: { status: 500, message: 'the runtime failed' },
  FunctionError: { status: 502, message: 'the function threw an error' },
  InvalidResponse: { status: 502, message: 'the function answered with something that is no HTTP response' },
  SandboxExited: { status: 502, message: 'the sandbox ended before the function answered' },
  OutOfMemory: { status: 502, message: 'the function used more memory than it has' },
  InitFailed: { status: 502, message: 'the function did not load' },
  ShuttingDown: { status: 503, message: 'the runtime is stopping' },
  FunctionTimeout: { status: 504, message: 'the function did not answer within its maximum duration' },
} as const satisfies Record<string, { status: number; message: string }>;

export type HttpErrorCode = keyof typeof HTTP_ERRORS;

/** Answers that invite the caller to try again, with the seconds to wait. */
export const RETRY_AFTER_SECONDS: Partial<Record<HttpErrorCode, number>> = { Throttled: 1, ShuttingDown: 5 };

/** What an invocation that did not succeed is to the caller of an HTTP trigger. */
export const OUTCOME_ERRORS = {
  error: 'FunctionError',
  timeout: 'FunctionTimeout',
  oom: 'OutOfMemory',
  crash: 'SandboxExited',
  'init-error': 'InitFailed',
  throttled: 'Throttled',
  // Nobody is left to read it, unless the runtime itself took the request back.
  cancelled: 'ShuttingDown',
} as const satisfies Record<Exclude<Outcome, 'success'>, HttpErrorCode>;

/** What an error of the runtime itself is to the caller of an HTTP trigger. */
export function httpErrorOf(code: ErrorCode): HttpErrorCode {
  // A function may be removed between the choice of its route and the call.
  if (code === 'FunctionNotFound') return 'RouteNotFound';
  return code === 'ShuttingDown' || code === 'Throttled' ? code : 'Internal';
}

const ADMIN_STATUS: Partial<Record<ErrorCode, number>> = {
  Unauthorized: 401,
  FunctionNotFound: 404,
  BucketNotFound: 404,
  ObjectNotFound: 404,
  RuntimeAlreadyRunning: 409,
  PortInUse: 409,
  Throttled: 429,
  EngineUnavailable: 503,
  EnginePermissionDenied: 503,
  EngineTooOld: 503,
  EngineDiskFull: 503,
  ImageMissing: 503,
  ShuttingDown: 503,
};

/** The status under which the administration reports an error. */
export const adminStatusOf = (code: ErrorCode): number =>
  ADMIN_STATUS[code] ?? (ERROR_CODES[code].fault === 'user' ? 400 : 500);
