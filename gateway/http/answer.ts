/**
 * What a function returned, as an HTTP answer: pure. The rules are those of payload format 2.0: an object
 * with a statusCode is the answer, anything else is the body of a 200.
 */
import { decodeBase64 } from '../../runtime/core/base64.ts';

export interface Answer {
  status: number;
  /** Names in lower case and values in turn, as writeHead takes them; without the length. */
  headers: string[];
  body: Uint8Array;
  /** More of a large body, which is not joined. */
  rest?: readonly Uint8Array[];
}

export type Interpreted = { ok: true; answer: Answer } | { ok: false; problem: string };

const JSON_TYPE = 'application/json';
const NOTHING = new Uint8Array(0);

/** `payload`: the function's answer as UTF-8 JSON; `detached`: the bytes of its body where they are not in it. */
export function interpretAnswer(payload: Uint8Array, detached?: readonly Uint8Array[]): Interpreted {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'));
  } catch {
    return invalid('the answer is not JSON');
  }
  if (isRecord(value) && Object.hasOwn(value, 'statusCode')) return interpretResponse(value, detached);
  // A string is sent without its quotes; every other value as the JSON text it already is.
  const body = typeof value === 'string' ? Buffer.from(value) : payload;
  return { ok: true, answer: { status: 200, headers: ['content-type', JSON_TYPE], body } };
}

function interpretResponse(
  response: Record<string, unknown>,
  detached: readonly Uint8Array[] | undefined,
): Interpreted {
  const status = readStatus(response['statusCode']);
  if (status === undefined) {
    return invalid(`statusCode must be a number from 200 to 599, got ${show(response['statusCode'])}`);
  }
  const headers = readHeaders(response['headers']);
  if (typeof headers === 'string') return invalid(headers);
  const cookies = readCookies(response['cookies']);
  if (typeof cookies === 'string') return invalid(cookies);
  const body = detached?.[0] ?? readBody(response['body'], response['isBase64Encoded'] === true);
  if (body === undefined) return invalid('isBase64Encoded is true, but body is not base64');
  const list = [...headers].flat();
  for (const cookie of cookies) list.push('set-cookie', cookie);
  const answer: Answer = { status, headers: list, body };
  if (detached && detached.length > 1) answer.rest = detached.slice(1);
  return { ok: true, answer };
}

/** Interim answers (1xx) are not a function's to give. */
function readStatus(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
    ? status
    : undefined;
}

/** Set by the gateway alone: the connection's own (RFC 9110 7.6.1), the length, and what tells about the run. */
const GATEWAY_HEADERS = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'server-timing',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** The header list, or what is wrong with it. Of names that differ in case only, the last one counts. */
function readHeaders(headers: unknown): Map<string, string> | string {
  const read = new Map([['content-type', JSON_TYPE]]);
  if (headers === undefined || headers === null) return read;
  if (!isRecord(headers)) return `headers must be an object, got ${show(headers)}`;
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) continue;
    const lower = name.toLowerCase();
    const text = scalarText(value);
    if (!HEADER_NAME.test(lower)) return `${show(name)} is not a header name`;
    if (text === undefined) {
      return `header ${lower} must be a string, got ${show(value)} (join repeated values with commas, or use cookies)`;
    }
    if (FORBIDDEN_IN_VALUE.test(text)) return `header ${lower} has a character that headers may not have`;
    if (!GATEWAY_HEADERS.has(lower) && !lower.startsWith('x-faas-')) read.set(lower, text);
  }
  return read;
}

/** The Set-Cookie values, or what is wrong with them. */
function readCookies(cookies: unknown): string[] | string {
  if (cookies === undefined || cookies === null) return [];
  if (!Array.isArray(cookies)) return `cookies must be an array of strings, got ${show(cookies)}`;
  const read: string[] = [];
  for (const cookie of cookies as unknown[]) {
    if (typeof cookie !== 'string') return `cookies must be an array of strings, got ${show(cookie)} in it`;
    if (FORBIDDEN_IN_VALUE.test(cookie)) return 'a cookie has a character that headers may not have';
    read.push(cookie);
  }
  return read;
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The bytes of the body, or undefined when it is not the base64 it claims to be. */
function readBody(body: unknown, isBase64: boolean): Uint8Array | undefined {
  if (body === undefined || body === null) return NOTHING;
  if (typeof body !== 'string') return Buffer.from(JSON.stringify(body));
  return isBase64 ? decodeBase64(body) : Buffer.from(body);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (problem: string): Interpreted => ({ ok: false, problem });

/** A value in a message: short, and its kind visible. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
