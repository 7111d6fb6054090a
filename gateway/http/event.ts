/**
 * A request as an event in API Gateway's payload format 2.0: pure. Source: the API Gateway guide, "Working
 * with AWS Lambda proxy integrations for HTTP APIs"; details that the guide leaves open follow recorded events.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { joinedBytes } from '../../runtime/core/chunks.ts';
import { bytesInJson, DETACHED_FROM_BYTES } from '../../runtime/core/detached-body.ts';
import { ACCOUNT_ID } from '../../runtime/core/ids.ts';
import type { InvokeRequest } from '../../runtime/core/types.ts';
import { plainAddress } from '../guard.ts';
import { bareRecord } from './bare-record.ts';
import type { ReceivedBody } from './body.ts';
import { decodePart, type Route } from './route-table.ts';

/** A request, with the head as it came off the wire. */
export interface RequestHead {
  method: string;
  /** Without the query, still encoded. */
  path: string;
  /** Without the question mark, still encoded. */
  query: string;
  httpVersion: string;
  headers: Record<string, string>;
  cookies: string[];
  remoteAddress: string;
  localPort: number;
}

export interface EventContext {
  route: Pick<Route, 'key'>;
  parameters: Record<string, string> | undefined;
  requestId: string;
  /** Epoch milliseconds. */
  now: number;
}

const STAGE = '$default';

/** `api` of `api.example.com:4000`. */
function prefixOf(host: string): string {
  const end = host.search(/[.:]/);
  return end < 0 ? host : host.slice(0, end);
}

/** The event as UTF-8 JSON, and its body where that is large. */
export type HttpEvent = Pick<InvokeRequest, 'payload' | 'body'>;

export function buildEvent(head: RequestHead, body: ReceivedBody, context: EventContext): HttpEvent {
  const { headers, query } = head;
  const host = headers['host'] ?? '';
  const sourceIp = plainAddress(head.remoteAddress);
  const event = {
    version: '2.0',
    routeKey: context.route.key,
    rawPath: head.path,
    rawQueryString: query,
    ...(head.cookies.length > 0 ? { cookies: head.cookies } : {}),
    headers: forwardedHeaders(head, body.bytes, sourceIp, context),
    ...(query === '' ? {} : { queryStringParameters: parseQuery(query) }),
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId: 'faas',
      domainName: host,
      domainPrefix: prefixOf(host),
      http: {
        method: head.method,
        path: head.path.includes('%') ? head.path.split('/').map(decodePart).join('/') : head.path,
        protocol: `HTTP/${head.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: context.requestId,
      routeKey: context.route.key,
      stage: STAGE,
      time: formatTime(context.now),
      timeEpoch: Math.floor(context.now),
    },
    ...(context.parameters === undefined ? {} : { pathParameters: context.parameters }),
  };
  return withBody(event, body, headers);
}

/** A body that is text goes as it is, anything else as base64; a large one as the bytes it is. */
function withBody(event: object, body: ReceivedBody, headers: Record<string, string>): HttpEvent {
  const start = JSON.stringify(event).slice(0, -1);
  if (body.bytes === 0) return { payload: Buffer.from(`${start},"isBase64Encoded":false}`) };
  const text = hasTextType(headers) ? utf8Of(body) : undefined;
  const isBase64Encoded = text === undefined;
  if (body.bytes >= DETACHED_FROM_BYTES) {
    const payload = Buffer.from(`${start},"body":"","isBase64Encoded":${isBase64Encoded}}`);
    const { chunks } = body;
    return { payload, body: { chunks, jsonBytes: bytesInJson(chunks, isBase64Encoded) } };
  }
  const payload = text
    ? Buffer.from(`${start},"body":${JSON.stringify(text.toString())},"isBase64Encoded":false}`)
    : joined(`${start},"body":"`, joinedBytes(body.chunks).toString('base64'), '","isBase64Encoded":true}');
  return { payload };
}

/** Base64 is ASCII and needs no escaping: written byte by byte it costs a quarter of encoding the whole as UTF-8. */
function joined(start: string, base64: string, end: string): Buffer {
  const startBytes = Buffer.byteLength(start);
  const whole = Buffer.allocUnsafe(startBytes + base64.length + end.length);
  whole.write(start, 0);
  whole.write(base64, startBytes, 'latin1');
  whole.write(end, startBytes + base64.length, 'latin1');
  return whole;
}

const TEXT_TYPES = new Set(['application/json', 'application/javascript', 'application/xml']);

/** The types that a real HTTP API passes as text; a compressed one would be damaged by it. */
function hasTextType(headers: Record<string, string>): boolean {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return false;
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type.startsWith('text/') || TEXT_TYPES.has(type);
}

/** The body where it is validly encoded; otherwise as text it would be damaged. */
function utf8Of({ chunks }: ReceivedBody): Buffer | undefined {
  const whole = joinedBytes(chunks);
  return isUtf8(whole) ? whole : undefined;
}

/** About the connection, not the request (RFC 9110 7.6.1), or settled by the gateway. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function forwardedHeaders(
  { headers, localPort }: RequestHead,
  bodyLength: number,
  sourceIp: string,
  { now, requestId }: EventContext,
): Record<string, string> {
  const named = headers['connection']?.toLowerCase().split(/\s*,\s*/) ?? [];
  const forwarded = bareRecord();
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !HOP_BY_HOP.has(name) && !named.includes(name)) forwarded[name] = value;
  }
  const through = headers['x-forwarded-for'];
  forwarded['content-length'] = String(bodyLength);
  forwarded['x-forwarded-for'] = through === undefined ? sourceIp : `${through}, ${sourceIp}`;
  forwarded['x-forwarded-port'] = String(localPort);
  forwarded['x-forwarded-proto'] = 'http';
  forwarded['x-amzn-trace-id'] ??= traceId(requestId, now);
  return forwarded;
}

/** `Root=1-<seconds>-<24 hex>`: made of the request id, so that one leads to the other. */
const traceId = (requestId: string, now: number): string =>
  `Root=1-${Math.floor(now / 1000).toString(16)}-${requestId.replaceAll('-', '').slice(0, 24)}`;

/** The head of a request as it came off the wire: neither path nor query are normalised. */
export function readHead(incoming: IncomingMessage): RequestHead {
  // A proxy's absolute form (`GET http://host/path`) means the same as the path alone.
  const target = (incoming.url ?? '/').replace(/^[a-z]+:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return {
    method: incoming.method ?? 'GET',
    path: path.startsWith('/') ? path : `/${path}`,
    query: mark < 0 ? '' : target.slice(mark + 1),
    httpVersion: incoming.httpVersion,
    ...parseHeaders(incoming.rawHeaders),
    remoteAddress: incoming.socket.remoteAddress ?? '',
    localPort: incoming.socket.localPort ?? 0,
  };
}

/** Lower-cased names, repeated ones joined by a comma; cookies apart. */
export function parseHeaders(rawHeaders: readonly string[]): Pick<RequestHead, 'headers' | 'cookies'> {
  const headers = bareRecord();
  const cookies: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    if (name === 'cookie') cookies.push(...splitCookies(value));
    else headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return { headers, cookies };
}

const splitCookies = (header: string): string[] =>
  header
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== '');

/** Decoded as a form is; repeated names joined by a comma. */
function parseQuery(query: string): Record<string, string> {
  const parameters = bareRecord();
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = parameters[name] === undefined ? value : `${parameters[name]},${value}`;
  }
  return parameters;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

let formatted = { second: Number.NaN, text: '' };

/** `12/Mar/2020:19:03:58 +0000`, as access logs write it; made once a second. */
function formatTime(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== formatted.second) {
    const iso = new Date(now).toISOString();
    const month = MONTHS[Number(iso.slice(5, 7)) - 1] ?? 'Jan';
    formatted = {
      second,
      text: `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`,
    };
  }
  return formatted.text;
}
