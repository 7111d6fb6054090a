/** What the engine (or the way to it) answered, as one of our named errors with its remedy. Pure. */
import { FaasError } from '../../core/errors.ts';
import { endpointUrl } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

/** The HTTP status the engine answered with, if the error is an answer of the engine. */
export function statusOf(error: unknown): number | undefined {
  const status = typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** The engine's own words, without docker-modem's `(HTTP code 500) server error - ` before them. */
export function engineText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
}

const systemCode = (error: unknown): string | undefined =>
  error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;

const ABSENT = new Set([
  'ENOENT',
  'ENOTDIR',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const DROPPED = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET']);

/** True when there was no answer: the engine is not there, or went away while it was asked. */
export function isConnectionError(error: unknown): boolean {
  const code = systemCode(error) ?? '';
  return statusOf(error) === undefined && (ABSENT.has(code) || DROPPED.has(code));
}

/** True when the engine cannot have seen the request at all. */
export const neverArrived = (error: unknown): boolean =>
  statusOf(error) === undefined && ABSENT.has(systemCode(error) ?? '');

/** An error met on the way to the engine, before it answered anything. */
export function connectError(error: unknown, endpoint: Endpoint): FaasError {
  if (error instanceof FaasError) return error;
  const code = systemCode(error);
  const url = endpointUrl(endpoint);
  if (code === 'EACCES' || code === 'EPERM') {
    return new FaasError('EnginePermissionDenied', `you may not open the container engine's socket ${url}`, {
      expected: 'a user who may talk to the engine',
      got: code,
      remedy:
        'join its group with `sudo usermod -aG docker "$USER"` and log in again, use a rootless engine, or run with --driver process',
      cause: error,
    });
  }
  return new FaasError('EngineUnavailable', `no container engine answers at ${url}`, {
    expected: 'Docker Engine 19.03 or later, or a compatible one',
    got: engineText(error),
    remedy:
      endpoint.origin === 'default'
        ? 'start Docker (`sudo systemctl start docker`, or Docker Desktop), set DOCKER_HOST, or run with --driver process'
        : `start the engine that ${endpoint.origin} names, correct ${endpoint.origin}, or run with --driver process`,
    cause: error,
  });
}

/** An error met while the engine did `what` ("create the sandbox"), as a named one. */
export function engineError(error: unknown, what: string, endpoint: Endpoint): FaasError {
  if (error instanceof FaasError) return error;
  if (systemCode(error) !== undefined && statusOf(error) === undefined) return connectError(error, endpoint);
  const text = engineText(error);
  if (/no space left on device|disk quota exceeded/i.test(text)) {
    return new FaasError('EngineDiskFull', `the container engine has no disk space left to ${what}`, {
      got: text,
      remedy: 'free some with `faas clean` and `docker system prune`',
      cause: error,
    });
  }
  if (/no such image/i.test(text)) {
    return new FaasError('ImageMissing', `the function image went missing while the engine was to ${what}`, {
      got: text,
      remedy: 'call again: the image is made ready anew',
      cause: error,
    });
  }
  return new FaasError('SandboxStartFailed', `the container engine could not ${what}`, {
    got: text,
    cause: error,
  });
}
