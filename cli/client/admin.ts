import { Agent } from 'node:http';
import { ERROR_CODES, FaasError, type ErrorCode } from '../../runtime/core/errors.ts';
import { parseExact } from './exact-json.ts';
import { readText, send } from './http.ts';

type Query = Record<string, string | number | boolean | undefined>;

export interface AdminRequest {
  query?: Query;
  body?: Uint8Array | string | NodeJS.ReadableStream;
  signal?: AbortSignal;
}

/** Speaks the administration API of one running runtime. */
export class AdminClient {
  readonly url: URL;
  readonly #token: string;
  /** A command makes one or two requests; the connection is kept between them and never holds the process. */
  readonly #agent = new Agent({ keepAlive: true, timeout: 1000 });

  constructor(url: URL, token: string) {
    this.url = url;
    this.#token = token;
  }

  get<T>(path: string, query?: Query): Promise<T> {
    return this.#json<T>('GET', path, query ? { query } : {});
  }

  post<T>(path: string, request: AdminRequest = {}): Promise<T> {
    return this.#json<T>('POST', path, request);
  }

  delete<T>(path: string): Promise<T> {
    return this.#json<T>('DELETE', path, {});
  }

  /** Server-sent events by name, until the runtime ends the stream or `signal` aborts. */
  async *events(query: Query, signal: AbortSignal): AsyncGenerator<{ event: string; data: string }> {
    const response = await this.#send('GET', '/api/events', { query, signal });
    let rest = '';
    let event = 'message';
    response.setEncoding('utf8');
    for await (const chunk of response) {
      const lines = (rest + String(chunk)).split(/\r?\n/u);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('event:')) event = line.slice(6).trim();
        else if (line.startsWith('data:')) yield { event, data: line.slice(5).trim() };
        else if (line === '') event = 'message';
      }
    }
  }

  /** The shape of the answer is the API's promise; both ends are of one version, or say so in `faas doctor`. */
  async #json<T>(method: string, path: string, request: AdminRequest): Promise<T> {
    const response = await this.#send(method, path, request);
    const text = await readText(response);
    try {
      return parseExact(text) as T;
    } catch {
      throw refusal(response.statusCode ?? 0, text, new URL(path, this.url));
    }
  }

  async #send(method: string, path: string, { query = {}, body, signal }: AdminRequest) {
    const url = new URL(path, this.url);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers: Record<string, string> = { authorization: `Bearer ${this.#token}` };
    if (body !== undefined)
      headers['content-type'] = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
    const response = await send({
      url,
      method,
      headers,
      agent: this.#agent,
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    }).catch((error: unknown) => {
      throw signal?.aborted ? error : unreachable(this.url, error);
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw refusal(status, await readText(response), url);
  }
}

export const unreachable = (url: URL, cause: unknown): FaasError =>
  new FaasError('RuntimeNotRunning', `no runtime answers at ${url.origin}`, {
    expected: 'a running runtime',
    got: cause instanceof Error ? cause.message || String(cause) : String(cause),
    remedy: 'faas start (in another terminal)',
    cause,
  });

/** The error the runtime answered with, as if it had been thrown here. */
function refusal(status: number, body: string, url: URL): FaasError {
  const details = errorIn(body);
  if (!details) {
    return new FaasError('Internal', `${url.pathname} answered with status ${status}`, {
      expected: 'an answer of the administration API',
      got: body.slice(0, 200) || 'an empty body',
      remedy: 'check that --endpoint is the administration address of a faas runtime',
    });
  }
  const { code, message, expected, got, remedy } = details;
  return new FaasError(isErrorCode(code) ? code : 'Internal', String(message), {
    ...(typeof expected === 'string' ? { expected } : {}),
    ...(typeof got === 'string' ? { got } : {}),
    ...(typeof remedy === 'string' ? { remedy } : {}),
  });
}

function errorIn(body: string): Record<string, unknown> | undefined {
  try {
    const document: unknown = JSON.parse(body);
    if (typeof document !== 'object' || document === null || !('error' in document)) return undefined;
    const { error } = document;
    return typeof error === 'object' && error !== null ? { ...error } : undefined;
  } catch {
    return undefined;
  }
}

const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
