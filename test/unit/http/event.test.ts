import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReceivedBody } from '../../../gateway/http/body.ts';
import { buildEvent, parseHeaders, type HttpEvent, type RequestHead } from '../../../gateway/http/event.ts';
import { wholeBytes, wholeEvent } from '../../../runtime/core/detached-body.ts';

const context = {
  route: { key: 'GET /hello/{name}' },
  parameters: { name: 'a b' },
  requestId: '2de2e3de-f89c-47a5-b205-0fdba1844260',
  now: Date.UTC(2020, 2, 12, 19, 3, 58, 390) + 0.75,
};

function head(overrides: Partial<RequestHead> = {}, rawHeaders: string[] = []): RequestHead {
  return {
    method: 'GET',
    path: '/hello/a%20b',
    query: '',
    httpVersion: '1.1',
    ...parseHeaders(['Host', 'localhost:4000', 'User-Agent', 'curl/8', ...rawHeaders]),
    remoteAddress: '::ffff:127.0.0.1',
    localPort: 4000,
    ...overrides,
  };
}

/** The event as a handler gets it; loosely typed, since the tests look into it freely. */
const eventOf = (
  request: RequestHead,
  body: Buffer | string = '',
): Record<string, unknown> & { headers: object } =>
  JSON.parse(textOf(buildEvent(request, received(body), context)));

const received = (body: Buffer | string): ReceivedBody => {
  const bytes = Buffer.from(body);
  return { chunks: [bytes], bytes: bytes.length };
};

const textOf = (event: HttpEvent): string => Buffer.from(wholeEvent(event)).toString('utf8');

it('a request without a body is this event, key by key', () => {
  const request = head({ query: 'a=1&a=2&b=c+d' }, ['Cookie', 'x=1; y=2', 'X-Two', 'p', 'x-two', 'q']);
  expect(textOf(buildEvent(request, received(''), context))).toBe(
    JSON.stringify({
      version: '2.0',
      routeKey: 'GET /hello/{name}',
      rawPath: '/hello/a%20b',
      rawQueryString: 'a=1&a=2&b=c+d',
      cookies: ['x=1', 'y=2'],
      headers: {
        host: 'localhost:4000',
        'user-agent': 'curl/8',
        'x-two': 'p,q',
        'content-length': '0',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': '4000',
        'x-forwarded-proto': 'http',
        'x-amzn-trace-id': 'Root=1-5e6a879e-2de2e3def89c47a5b2050fdb',
      },
      queryStringParameters: { a: '1,2', b: 'c d' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'faas',
        domainName: 'localhost:4000',
        domainPrefix: 'localhost',
        http: {
          method: 'GET',
          path: '/hello/a b',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'curl/8',
        },
        requestId: '2de2e3de-f89c-47a5-b205-0fdba1844260',
        routeKey: 'GET /hello/{name}',
        stage: '$default',
        time: '12/Mar/2020:19:03:58 +0000',
        timeEpoch: 1584039838390,
      },
      pathParameters: { name: 'a b' },
      isBase64Encoded: false,
    }),
  );
});

it('what a request does not have, its event does not have', () => {
  const event = JSON.parse(textOf(buildEvent(head(), received(''), { ...context, parameters: undefined })));
  for (const key of ['cookies', 'queryStringParameters', 'pathParameters', 'body'])
    expect(event).not.toHaveProperty(key);
});

describe('the body', () => {
  const latin1 = Buffer.from('café', 'latin1');
  it.each<[string, string | undefined, string | Buffer, boolean]>([
    ['JSON', 'application/json', '{"a":"ü"}', false],
    ['JSON with a charset', 'Application/JSON; charset=utf-8', '{}', false],
    ['text', 'text/plain', 'a\n"b"\\\u0001', false],
    ['HTML', 'text/html;charset=utf-8', '<p>', false],
    ['XML', 'application/xml', '<a/>', false],
    ['JavaScript', 'application/javascript', 'f()', false],
    ['a form', 'application/x-www-form-urlencoded', 'a=1', true],
    ['a multipart form', 'multipart/form-data; boundary=x', '--x--', true],
    ['a picture', 'image/png', Buffer.from([0x89, 0x50, 0xff, 0x00]), true],
    ['bytes of no type', undefined, 'abc', true],
    ['text that is not UTF-8', 'text/plain', latin1, true],
    ['a vendor type', 'application/vnd.api+json', '{}', true],
  ])('%s', (_what, type, body, base64) => {
    const event = eventOf(head({}, type === undefined ? [] : ['Content-Type', type]), body);
    expect(event['isBase64Encoded']).toBe(base64);
    expect(Buffer.from(String(event['body']), base64 ? 'base64' : 'utf8')).toEqual(
      Buffer.from(body as string),
    );
    expect(event.headers).toHaveProperty('content-length', String(Buffer.byteLength(body)));
  });

  it('is base64 when it is compressed, whatever its type', () => {
    const event = eventOf(
      head({}, ['Content-Type', 'text/plain', 'Content-Encoding', 'gzip']),
      'looks like text',
    );
    expect(event['isBase64Encoded']).toBe(true);
  });

  it('arrives byte for byte', () => {
    const type = fc.constantFrom('text/plain', 'application/json', 'application/octet-stream', '');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), type, (bytes, contentType) => {
        const event = eventOf(head({}, ['content-type', contentType]), Buffer.from(bytes));
        const text = typeof event['body'] === 'string' ? event['body'] : '';
        expect(Buffer.from(text, event['isBase64Encoded'] === true ? 'base64' : 'utf8')).toEqual(
          Buffer.from(bytes),
        );
      }),
    );
  });
});

describe('headers', () => {
  const headersOf = (...raw: string[]) => eventOf(head({}, raw)).headers;

  it('of the connection are left out, those it names too', () => {
    const ofTheConnection = {
      Connection: 'keep-alive, X-Hop',
      'Keep-Alive': '5',
      'Transfer-Encoding': 'chunked',
      TE: 'trailers',
      Trailer: 'x-end',
      Upgrade: 'h2c',
      'Proxy-Connection': 'x',
      Expect: '100-continue',
      'X-Hop': 'x',
    };
    const kept = headersOf(...Object.entries(ofTheConnection).flat(), 'X-Kept', 'y');
    const added = 'content-length x-forwarded-for x-forwarded-port x-forwarded-proto x-amzn-trace-id';
    expect(Object.keys(kept).join(' ')).toBe(`host user-agent x-kept ${added}`);
  });

  it('say through whom the request came', () => {
    const kept = headersOf(
      'X-Forwarded-For',
      '9.9.9.9',
      'X-Forwarded-Proto',
      'https',
      'X-Forwarded-Port',
      '1',
    );
    expect(kept).toMatchObject({
      'x-forwarded-for': '9.9.9.9, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '4000',
    });
  });

  it('keep a trace that was begun elsewhere', () => {
    const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1';
    expect(headersOf('X-Amzn-Trace-Id', trace)).toHaveProperty('x-amzn-trace-id', trace);
  });

  it('may have any name, also those of objects', () => {
    const { headers } = parseHeaders(['__proto__', 'x', 'constructor', 'y', 'toString', 'z']);
    expect(JSON.stringify(headers)).toBe('{"__proto__":"x","constructor":"y","tostring":"z"}');
  });

  it('with cookies in several lines give all of them', () => {
    expect(parseHeaders(['Cookie', 'a=1;b=2', 'cookie', ' c="x=y" ;; ']).cookies).toEqual([
      'a=1',
      'b=2',
      'c="x=y"',
    ]);
  });
});

describe('the query', () => {
  it.each([
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['a=1&b=2&a=3', { a: '1,3', b: '2' }],
    ['q=%F0%9F%98%80%20x', { q: '😀 x' }],
    ['q=%', { q: '%' }],
    ['a=b=c', { a: 'b=c' }],
    ['constructor=1', { constructor: '1' }],
  ])('%s', (query, expected) => {
    const event = eventOf(head({ query }));
    expect(event['queryStringParameters']).toEqual(expected);
    expect(event['rawQueryString']).toBe(query);
  });

  it('may have a parameter __proto__', () => {
    expect(JSON.stringify(eventOf(head({ query: '__proto__=1' })))).toContain(
      '"queryStringParameters":{"__proto__":"1"}',
    );
  });
});

it('an event is JSON, whatever was sent', () => {
  const token = fc.stringMatching(/^[a-zA-Z-]{1,10}$/);
  const value = fc.string({ unit: 'binary', maxLength: 20 });
  fc.assert(
    fc.property(fc.array(fc.tuple(token, value)), value, value, (headers, path, query) => {
      const request = head({ path: `/${path}`, query }, headers.flat());
      expect(eventOf(request)).toMatchObject({ version: '2.0' });
    }),
  );
});

describe('a large body', () => {
  const line = 'größe "1"\n';
  it.each([
    ['text', 'text/plain', Buffer.from(line.repeat(5000)), false],
    ['bytes', 'image/png', Buffer.alloc(50_000, 200), true],
    ['text that is none', 'text/plain', Buffer.alloc(50_000, 200), true],
  ])('of %s is beside the event, and counted as part of it', (_what, type, body, isBase64Encoded) => {
    const request = head({}, ['Content-Type', type]);
    const chunks = [body.subarray(0, 20_001), body.subarray(20_001)]; // within a character
    const event = buildEvent(request, { chunks, bytes: body.length }, context);
    expect(event.payload.byteLength).toBeLessThan(2000);
    expect(Buffer.concat(event.body?.chunks ?? [])).toEqual(body);

    const { body: empty, ...rest } = JSON.parse(Buffer.from(event.payload).toString());
    expect([empty, rest.isBase64Encoded]).toEqual(['', isBase64Encoded]);
    expect(JSON.parse(textOf(event))).toEqual({
      ...rest,
      body: body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    });
    expect(wholeBytes(event)).toBe(Buffer.byteLength(textOf(event)));
  });
});
