/** Payload format 2.0 ↔ the web's Request and Response. Pure. */
import { isUtf8 } from 'node:buffer';

/** The part of API Gateway's payload format 2.0 that a Request is made of. */
export interface HttpEvent {
  version: '2.0';
  rawPath: string;
  rawQueryString: string;
  headers?: Record<string, string>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
  requestContext: { domainName?: string; http: { method: string } };
}

export interface HttpAnswer {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

export function isHttpEvent(event: unknown): event is HttpEvent {
  if (typeof event !== 'object' || event === null) return false;
  const { version, requestContext } = event as Partial<HttpEvent>;
  return version === '2.0' && typeof requestContext?.http?.method === 'string';
}

export function toRequest(event: HttpEvent): Request {
  const { method } = event.requestContext.http;
  const headers = new Headers(event.headers);
  if (event.cookies?.length) headers.set('cookie', event.cookies.join('; '));
  const host = event.requestContext.domainName || headers.get('host') || 'localhost';
  const scheme = headers.get('x-forwarded-proto') ?? 'http';
  const query = event.rawQueryString ? `?${event.rawQueryString}` : '';
  const hasBody = event.body !== undefined && method !== 'GET' && method !== 'HEAD';
  return new Request(`${scheme}://${host}${event.rawPath}${query}`, {
    method,
    headers,
    ...(hasBody ? { body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8') } : {}),
  });
}

/** A request that carries an event of another kind (S3, a schedule, a direct call) as JSON. */
export function eventRequest(event: unknown, functionName: string): Request {
  return new Request(`http://${functionName}.localhost/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-faas-event': kindOf(event) },
    body: JSON.stringify(event),
  });
}

/** `s3` and `sqs` from a record's `aws:s3`, `events` from `aws.events`, else `direct`. */
function kindOf(event: unknown): string {
  if (typeof event !== 'object' || event === null) return 'direct';
  const { Records, source } = event as { Records?: { eventSource?: unknown }[]; source?: unknown };
  const named = (Array.isArray(Records) ? Records[0]?.eventSource : undefined) ?? source;
  return (typeof named === 'string' && /^aws[.:](\w+)$/.exec(named)?.[1]) || 'direct';
}

export async function toHttpAnswer(response: Response): Promise<HttpAnswer> {
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) if (name !== 'set-cookie') headers[name] = value;
  const cookies = response.headers.getSetCookie();
  return {
    statusCode: response.status,
    headers,
    ...(cookies.length > 0 ? { cookies } : {}),
    ...encodeBody(Buffer.from(await response.arrayBuffer()), response.headers),
  };
}

const TEXTUAL =
  /^(text\/|application\/([\w.+-]*\+)?(json|xml|javascript|x-ndjson|graphql|x-www-form-urlencoded)\b|image\/svg\+xml)/i;

/** Text stays readable in logs and tools; everything else, and text that is none, is base64. */
export function encodeBody(body: Buffer, headers: Headers): { body: string; isBase64Encoded: boolean } {
  const type = headers.get('content-type') ?? '';
  const isPlain = !headers.has('content-encoding') && (type === '' || TEXTUAL.test(type));
  const isText = isPlain && isUtf8(body);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/** What a caller that speaks no HTTP gets of a response. @throws when it says that it failed */
export async function toPlainAnswer(response: Response): Promise<unknown> {
  const text = await response.text();
  if (response.status >= 400) throw new HttpFailure(response.status, text);
  if (text === '') return null;
  return /\bjson\b/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text;
}

const MAX_QUOTED = 500;

class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  constructor(status: number, text: string) {
    super(`the Web handler answered ${status} ${text.slice(0, MAX_QUOTED)}`.trim());
  }
}
