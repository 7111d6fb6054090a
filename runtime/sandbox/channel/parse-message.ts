/**
 * What comes out of a sandbox is written by code that nobody here has read: it shares a process with the
 * bootstrap and can write to the channel itself. So each header is checked field by field and copied.
 */
import type { CallUsage, DetachedSizes, SandboxMessage, WireError } from './messages.ts';

/** @throws Error naming what is wrong; the caller closes the channel. */
export function parseSandboxMessage(header: unknown): SandboxMessage {
  if (!isObject(header)) throw new Error('message is not an object');
  switch (header['type']) {
    case 'ready':
      return { type: 'ready', nodeVersion: text(header, 'nodeVersion') };
    case 'initialized':
      return { type: 'initialized' };
    case 'init-failed':
      return { type: 'init-failed', error: wireError(header['error']) };
    case 'result':
      return {
        type: 'result',
        requestId: text(header, 'requestId'),
        usage: callUsage(header['usage']),
        ...(header['body'] === undefined ? undefined : { body: detachedSizes(header['body']) }),
      };
    case 'failed':
      return {
        type: 'failed',
        requestId: text(header, 'requestId'),
        error: wireError(header['error']),
        usage: callUsage(header['usage']),
        fatal: header['fatal'] === true,
      };
    case 'log':
      return {
        type: 'log',
        requestId: textOrNull(header, 'requestId'),
        stream: header['stream'] === 'stderr' ? 'stderr' : 'stdout',
        level: textOrNull(header, 'level'),
      };
    default:
      throw new Error(`unknown message type ${JSON.stringify(header['type'])?.slice(0, 80)}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(from: Record<string, unknown>, key: string): string {
  const value = from[key];
  if (typeof value !== 'string') throw new Error(`${key} is not a string`);
  return value;
}

function textOrNull(from: Record<string, unknown>, key: string): string | null {
  const value = from[key];
  return typeof value === 'string' ? value : null;
}

function wireError(value: unknown): WireError {
  if (!isObject(value)) throw new Error('error is not an object');
  const error: WireError = {
    errorType: text(value, 'errorType'),
    errorMessage: text(value, 'errorMessage'),
  };
  const trace = value['trace'];
  if (Array.isArray(trace)) error.trace = trace.filter((line) => typeof line === 'string');
  return error;
}

function callUsage(value: unknown): CallUsage {
  if (!isObject(value)) throw new Error('usage is not an object');
  const cpuUs = value['cpuUs'];
  const peakKb = value['peakKb'];
  const tmpKb = value['tmpKb'];
  return {
    cpuUs: typeof cpuUs === 'number' && cpuUs >= 0 ? cpuUs : 0,
    peakKb: typeof peakKb === 'number' && peakKb >= 0 ? peakKb : null,
    ...(typeof tmpKb === 'number' && tmpKb >= 0 && { tmpKb }),
  };
}

function detachedSizes(value: unknown): DetachedSizes {
  if (!isObject(value)) throw new Error('body is not an object');
  return { bytes: size(value, 'bytes'), jsonBytes: size(value, 'jsonBytes') };
}

function size(from: Record<string, unknown>, key: string): number {
  const value = from[key];
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new Error(`${key} is not a size`);
  return Number(value);
}
