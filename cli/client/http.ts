/**
 * HTTP for a command that lives for a few milliseconds. node:http and not fetch: loading undici alone would cost
 * more than the whole request.
 */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { FaasError } from '../../runtime/core/errors.ts';

export interface HttpRequest {
  url: URL;
  /** Path and query as they are to be sent; default: those of `url`, which resolves dots. */
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string | NodeJS.ReadableStream;
  signal?: AbortSignal;
  agent?: Agent;
}

/** Sends the request and resolves when the head of the answer is there. */
export function send(options: HttpRequest): Promise<IncomingMessage> {
  const { url, path, method = 'GET', headers = {}, body, signal, agent } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method,
      ...(path === undefined ? {} : { path }),
      headers: typeof body === 'string' || body instanceof Uint8Array ? withLength(headers, body) : headers,
      ...(signal ? { signal } : {}),
      ...(agent ? { agent } : {}),
    });
    request.once('response', resolve).once('error', reject);
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) request.end(body);
    else body.once('error', (error) => request.destroy(error)).pipe(request);
  });
}

const withLength = (headers: Record<string, string>, body: string | Uint8Array): Record<string, string> => ({
  ...headers,
  'content-length': String(Buffer.byteLength(body)),
});

/** The whole body as text. */
export async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** An address that a user typed. */
export function parseAddress(text: string): URL {
  const url = URL.parse(/^[a-z]+:\/\//iu.test(text) ? text : `http://${text}`);
  if (url?.protocol === 'http:') return url;
  throw new FaasError('UsageError', 'the address of the runtime is not valid', {
    expected: 'an http address such as http://127.0.0.1:4001',
    got: text,
    remedy: '--endpoint URL, the administration address that faas start prints',
  });
}
