import { once } from 'node:events';
import { Agent, createServer, request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startHttpGateway } from '../../../gateway/http/server.ts';
import type { Listening } from '../../../gateway/listening.ts';
import { FaasError } from '../../../runtime/core/errors.ts';
import type { CorsSettings } from '../../../runtime/core/types.ts';
import { RawClient } from './raw-client.ts';
import { createScriptedRuntime, Ending, http, type ScriptedRuntime } from './scripted-runtime.ts';

const MAX_BODY_BYTES = 6 * 1024 * 1024;

let runtime: ScriptedRuntime;
let gateway: Listening;
const clients: RawClient[] = [];

beforeEach(async () => {
  runtime = createScriptedRuntime();
  gateway = await startHttpGateway({
    runtime,
    host: '127.0.0.1',
    port: 0,
    allowedHosts: ['app.test'],
    bodyIdleMs: 300,
  });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await gateway.close({ drainMs: 0 });
});

async function open(): Promise<RawClient> {
  const client = await RawClient.open(gateway.port);
  clients.push(client);
  return client;
}

const ask = async (path: string, init?: RequestInit) => fetch(gateway.url + path, init);

const codeOf = async (response: Response): Promise<unknown> => {
  const { error } = (await response.json()) as { error: { code: string; requestId: string } };
  expect(error.requestId).toBe(response.headers.get('x-faas-request-id'));
  return [response.status, error.code];
};

describe('a call', () => {
  it('reaches its function and comes back', async () => {
    runtime.deployScript('hello', (event) => ({ hello: event.pathParameters.name }), {
      triggers: [http('GET /hello/:name')],
    });
    const response = await ask('/hello/W%C3%B6rld?x=1');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ hello: 'Wörld' });
    expect(response.headers.get('x-faas-start')).toBe('warm');
    expect(response.headers.get('x-faas-instance')).toBe('a1b2c3d4e5f6');
    expect(response.headers.get('server-timing')).toBe('queue;dur=0.25, handler;dur=1.5');
    expect(runtime.requests).toMatchObject([
      {
        function: 'hello',
        trigger: { type: 'http', source: 'GET /hello/:name' },
        requestId: response.headers.get('x-faas-request-id'),
      },
    ]);
  });

  it('carries path, query and headers exactly as they were sent', async () => {
    runtime.deployScript('echo', (event) => event, { triggers: [http('ANY /*')] });
    const client = await open();
    client.send(['GET /a/../b//c%2f?q=%zz&q=a+b#x HTTP/1.1', 'X-A: 1', 'x-a:  2 ', 'X-UTF: é']);
    const event = JSON.parse((await client.response()).body);
    expect(event).toMatchObject({
      rawPath: '/a/../b//c%2f',
      rawQueryString: 'q=%zz&q=a+b#x',
      pathParameters: { proxy: 'a/../b//c/' },
      headers: { 'x-a': '1,2' },
    });
  });

  it('in a proxy’s absolute form is the same', async () => {
    runtime.deployScript('echo', (event) => event.rawPath, { triggers: [http('ANY /*')] });
    const client = await open();
    client.send(['GET http://localhost:4000/a%20b?x HTTP/1.1']);
    expect(await client.response()).toMatchObject({ status: 200, body: '/a%20b' });
  });

  it.each([
    ['a text body', 'text/plain', 'größe', false],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&b=2', true],
  ])('carries %s', async (_what, type, body, base64) => {
    runtime.deployScript('echo', ({ body, isBase64Encoded }) => ({ body, isBase64Encoded }));
    const response = await ask('/echo', { method: 'POST', body, headers: { 'content-type': type } });
    expect(await response.json()).toEqual({
      body: base64 ? Buffer.from(body).toString('base64') : body,
      isBase64Encoded: base64,
    });
  });

  it('answers binary bodies, cookies and its own status', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    runtime.deployScript('picture', () => ({
      statusCode: 201,
      headers: { 'Content-Type': 'image/png', 'X-Faas-Start': 'forged', Connection: 'close' },
      cookies: ['a=1', 'b=2; Secure'],
      isBase64Encoded: true,
      body: bytes.toString('base64'),
    }));
    const response = await ask('/picture');
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2; Secure']);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('x-faas-start')).toBe('warm');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  });

  it('keeps its connection, whatever the answers are', async () => {
    runtime.deployScript('status', (event) => ({
      statusCode: Number(event.queryStringParameters.code),
      body: 'some content',
    }));
    const client = await open();
    for (const code of [200, 204, 304, 404, 502, 205]) {
      client.send([`GET /status?code=${code} HTTP/1.1`]);
      const response = await client.response();
      expect(response.status).toBe(code);
      expect(response.body).toBe(code === 204 || code === 304 ? '' : 'some content');
    }
    expect(client.ended).toBe(false);
  });

  it('with HEAD is served by the GET route, without a body and with its length', async () => {
    runtime.deployScript('hello', (event) => event.requestContext.http.method, {
      triggers: [http('GET /hello')],
    });
    const client = await open();
    client.send(['HEAD /hello HTTP/1.1']);
    const response = await client.response('HEAD');
    expect(response).toMatchObject({ status: 200, headers: { 'content-length': '4' } });
    client.send(['GET /hello HTTP/1.1']);
    expect(await client.response()).toMatchObject({ body: 'GET' });
  });

  it('sees functions come, change and go', async () => {
    expect((await ask('/late')).status).toBe(404);
    runtime.deployScript('late', () => 'one');
    expect(await (await ask('/late')).text()).toBe('one');
    runtime.deployScript('late', () => 'two', { triggers: [http('GET /moved')] });
    expect((await ask('/late')).status).toBe(404);
    expect(await (await ask('/moved')).text()).toBe('two');
    await runtime.remove('late');
    expect((await ask('/moved')).status).toBe(404);
  });

  it('pipelined behind another is answered in order', async () => {
    runtime.deployScript('echo', async (event) => {
      if (event.rawPath === '/echo/1') await new Promise((resolve) => setImmediate(resolve));
      return event.rawPath;
    });
    const client = await open();
    client.send(['GET /echo/1 HTTP/1.1']).send(['GET /echo/2 HTTP/1.1']);
    expect((await client.response()).body).toBe('/echo/1');
    expect((await client.response()).body).toBe('/echo/2');
  });
});

describe('what goes wrong', () => {
  beforeEach(() => {
    runtime.deployScript('get-only', () => 'ok', { triggers: [http('GET /get-only')] });
  });

  it('without a route is a 404', async () => {
    expect(await codeOf(await ask('/nothing'))).toEqual([404, 'RouteNotFound']);
  });

  it('with the wrong method is a 405 that names the right ones', async () => {
    const response = await ask('/get-only', { method: 'POST' });
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await codeOf(response)).toEqual([405, 'MethodNotAllowed']);
  });

  it.each([
    ['error', 502, 'FunctionError'],
    ['timeout', 504, 'FunctionTimeout'],
    ['oom', 502, 'OutOfMemory'],
    ['crash', 502, 'SandboxExited'],
    ['init-error', 502, 'InitFailed'],
    ['throttled', 429, 'Throttled'],
  ] as const)('in the function (%s) is a %i', async (outcome, status, code) => {
    const error = { errorType: 'Secret', errorMessage: 'secret', trace: ['at secret'] };
    runtime.deployScript('fails', () => new Ending(outcome, error));
    const response = await ask('/fails');
    expect(response.headers.get('retry-after')).toBe(status === 429 ? '1' : null);
    expect(await response.clone().text()).not.toContain('secret');
    expect(await codeOf(response)).toEqual([status, code]);
  });

  it('in the function shows its error when the settings say so', async () => {
    const error = { errorType: 'TypeError', errorMessage: 'x', trace: ['at y'] };
    runtime.deployScript('fails', () => new Ending('error', error), { exposeErrors: true });
    expect(await (await ask('/fails')).json()).toMatchObject({ error: { code: 'FunctionError', ...error } });
  });

  it('in its answer is a 502, with the reason in its log', async () => {
    runtime.deployScript('odd', () => ({ statusCode: 200, headers: { a: 'x\r\ny: z' } }));
    const response = await ask('/odd');
    expect(await codeOf(response)).toEqual([502, 'InvalidResponse']);
    expect(runtime.logLines).toMatchObject([
      {
        function: 'odd',
        requestId: response.headers.get('x-faas-request-id'),
        stream: 'system',
        line: 'ANY /odd: header a has a character that headers may not have',
      },
    ]);
  });

  it.each([
    ['ShuttingDown', 503, 'ShuttingDown'],
    ['FunctionNotFound', 404, 'RouteNotFound'],
    ['StoreFailed', 500, 'Internal'],
  ] as const)('in the runtime (%s) is a %i', async (code, status, expected) => {
    runtime.deployScript('f', () => {
      throw new FaasError(code, 'the disk /dev/secret is full');
    });
    const response = await ask('/f');
    expect(await response.clone().text()).not.toContain('secret');
    expect(await codeOf(response)).toEqual([status, expected]);
  });

  it.each(['evil.test', 'localhost.evil.test', '192.168.1.7:4000', 'app.test.evil.test'])(
    'with the Host %s never reaches a function',
    async (host) => {
      const client = await open();
      client.send(['GET /get-only HTTP/1.1', `Host: ${host}`]);
      const response = await client.response();
      expect([response.status, JSON.parse(response.body).error.code]).toEqual([403, 'HostNotAllowed']);
      expect(runtime.requests).toEqual([]);
    },
  );

  it.each(['localhost', 'LOCALHOST:9', 'x.localhost:4000', '[::1]:4000', 'app.test'])(
    'but not with the Host %s',
    async (host) => {
      const client = await open();
      client.send(['GET /get-only HTTP/1.1', `Host: ${host}`]);
      expect(await client.response()).toMatchObject({ status: 200 });
    },
  );

  it.each([
    [['GET /get-only HTTP/1.1', 'Host: a b'], 'a Host with a space'],
    [['GET /get-only HTTP/1.1', 'Host: localhost', 'Host: evil.test'], 'two Hosts'],
    [['GET /get-only HTTP/1.0', 'Host:'], 'an empty Host'],
    [['OPTIONS * HTTP/1.1'], 'the server as a whole'],
  ])('%j is refused', async (lines) => {
    const client = await open();
    client.send(lines);
    const { status } = await client.response();
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(runtime.requests).toEqual([]);
  });
});

describe('a body', () => {
  let arrived: number[];
  beforeEach(() => {
    arrived = [];
    runtime.deployScript('take', (event) => {
      const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
      arrived.push(body.length);
      return { length: body.length };
    });
  });

  it('of exactly 6 MB is taken, and its event told to be more than Lambda takes', async () => {
    const response = await ask('/take', { method: 'POST', body: Buffer.alloc(MAX_BODY_BYTES, 1) });
    expect(await response.json()).toEqual({ length: MAX_BODY_BYTES });
    expect(runtime.logLines[0]?.line).toMatch(
      /the event is \d+ bytes as JSON; AWS Lambda takes at most 6291456/,
    );
  });

  it('that claims one byte more is refused before it is sent', async () => {
    const client = await open();
    client.send(['POST /take HTTP/1.1', `Content-Length: ${MAX_BODY_BYTES + 1}`]);
    const response = await client.response();
    expect(response).toMatchObject({ status: 413, headers: { connection: 'close' } });
    expect(JSON.parse(response.body)).toMatchObject({ error: { code: 'PayloadTooLarge' } });
    expect(arrived).toEqual([]);
  });

  it('that turns out to be larger is refused while it is sent, and the client gets to read that', async () => {
    const response = await ask('/take', {
      method: 'POST',
      body: new ReadableStream({
        start(controller) {
          for (let index = 0; index < 9; index += 1) controller.enqueue(Buffer.alloc(1024 * 1024));
          controller.close();
        },
      }),
      duplex: 'half',
    });
    expect(await codeOf(response)).toEqual([413, 'PayloadTooLarge']);
    expect(arrived).toEqual([]);
  });

  it('that claims too much and is sent all the same does not destroy the answer', async () => {
    const client = await open();
    client.send(
      ['POST /take HTTP/1.1', `Content-Length: ${20 * 1024 * 1024}`],
      Buffer.alloc(20 * 1024 * 1024),
    );
    expect(await client.response()).toMatchObject({ status: 413 });
    await client.closed();
    expect(client.error).toBeUndefined();
  });

  it('is called for only when it will be read', async () => {
    const client = await open();
    client.send(['POST /take HTTP/1.1', 'Content-Length: 2', 'Expect: 100-continue']);
    expect(await client.response()).toMatchObject({ status: 100 });
    client.socket.write('hi');
    expect(await client.response()).toMatchObject({ status: 200, body: '{"length":2}' });

    client.send(['POST /nothing HTTP/1.1', `Content-Length: ${1024 * 1024}`, 'Expect: 100-continue']);
    expect(await client.response()).toMatchObject({ status: 404, headers: { connection: 'close' } });

    const second = await open();
    second.send(['POST /take HTTP/1.1', `Content-Length: ${MAX_BODY_BYTES + 1}`, 'Expect: 100-continue']);
    expect(await second.response()).toMatchObject({ status: 413 });
    await second.closed();
  });

  it('that stops arriving is given up', async () => {
    const client = await open();
    client.send(['POST /take HTTP/1.1', 'Content-Length: 10'], 'half');
    const response = await client.response();
    expect([response.status, JSON.parse(response.body).error.code]).toEqual([408, 'RequestTimeout']);
    expect(arrived).toEqual([]);
  });

  it('whose client leaves reaches no function', async () => {
    const client = await open();
    client.send(['POST /take HTTP/1.1', 'Content-Length: 10'], 'half');
    client.close();
    const next = await open();
    next.send(['POST /take HTTP/1.1', 'Content-Length: 2'], 'hi');
    expect(await next.response()).toMatchObject({ status: 200 });
    expect(arrived).toEqual([2]);
  });

  it('in chunks arrives whole', async () => {
    const client = await open();
    client.send(['POST /take HTTP/1.1', 'Transfer-Encoding: chunked'], '2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n');
    expect(await client.response()).toMatchObject({ body: '{"length":5}' });
  });

  it('of a small refused request leaves the connection usable', async () => {
    const client = await open();
    client.send(['POST /nothing HTTP/1.1', 'Content-Length: 5'], 'hello');
    expect(await client.response()).toMatchObject({ status: 404 });
    client.send(['POST /take HTTP/1.1', 'Content-Length: 2'], 'hi');
    expect(await client.response()).toMatchObject({ status: 200 });
  });
});

describe('a client that leaves', () => {
  it('aborts its call’s wait', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    runtime.deployScript('slow', async (_event, { signal }) => {
      begin();
      signal?.addEventListener('abort', () => resolve());
      await aborted;
      return new Ending('cancelled');
    });
    const client = await open();
    client.send(['GET /slow HTTP/1.1']);
    await begun;
    client.close();
    await expect(aborted).resolves.toBeUndefined();
  });

  it('after its answer aborts nothing', async () => {
    runtime.deployScript('quick', () => 'ok');
    const client = await open();
    client.send(['GET /quick HTTP/1.1']);
    await client.response();
    client.close();
    await once(client.socket, 'close');
    const [request] = runtime.requests;
    expect(request?.signal?.aborted).toBe(false);
  });
});

describe('cross-origin settings', () => {
  const cors: CorsSettings = {
    allowOrigins: ['https://app.test'],
    allowMethods: ['GET', 'PUT'],
    allowHeaders: ['content-type'],
    exposeHeaders: ['x-faas-request-id'],
    allowCredentials: true,
    maxAgeSeconds: 60,
  };
  const preflight = (path: string, origin: string, method = 'PUT') =>
    ask(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': method } });

  it('answer a preflight without calling the function', async () => {
    runtime.deployScript('api', () => 'ok', { triggers: [http('PUT /api', cors)] });
    const response = await preflight('/api', 'https://app.test');
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.test');
    expect(response.headers.get('access-control-allow-methods')).toBe('GET,PUT');
    expect(
      (await preflight('/api', 'https://evil.test')).headers.get('access-control-allow-origin'),
    ).toBeNull();
    expect(runtime.requests).toEqual([]);
  });

  it('are on answers and on failures, so that a page can read both', async () => {
    runtime.deployScript('api', () => new Ending('error'), { triggers: [http('GET /api', cors)] });
    const response = await ask('/api', { headers: { origin: 'https://app.test' } });
    expect(response.status).toBe(502);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.test');
    expect(response.headers.get('access-control-expose-headers')).toBe('x-faas-request-id');
  });

  it('answer a plain OPTIONS with the methods', async () => {
    runtime.deployScript('api', () => 'ok', { triggers: [http('GET /api', cors)] });
    const response = await ask('/api', { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  });

  it('leave OPTIONS to the function where there are none', async () => {
    runtime.deployScript('own', (event) => ({
      statusCode: 200,
      headers: { 'access-control-allow-origin': '*' },
      body: event.routeKey,
    }));
    const response = await preflight('/own', 'https://any.test');
    expect(await response.text()).toBe('ANY /own');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('the port', () => {
  it('that is taken is named, with the remedy', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const address = blocker.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(
      startHttpGateway({ runtime, host: '127.0.0.1', port, allowedHosts: [] }),
    ).rejects.toMatchObject({
      code: 'PortInUse',
      message: `port ${port} for HTTP triggers is taken`,
      remedy: expect.stringContaining('--port'),
    });
    blocker.close();
  });

  it('of an address that is none of this machine’s is refused with the reason', async () => {
    await expect(
      startHttpGateway({ runtime, host: '192.0.2.1', port: 0, allowedHosts: [] }),
    ).rejects.toMatchObject({
      code: 'AddressUnavailable',
      got: 'EADDRNOTAVAIL',
    });
  });

  it('may be an IPv6 one', async () => {
    runtime.deployScript('hello', (event) => event.requestContext.http.sourceIp);
    const six = await startHttpGateway({ runtime, host: '::1', port: 0, allowedHosts: [] });
    expect(six.url).toBe(`http://[::1]:${six.port}`);
    expect(await (await fetch(`${six.url}/hello`)).text()).toBe('::1');
    await six.close();
  });

  it('closes when running calls are answered and idle connections are gone', async () => {
    const { promise: answer, resolve } = Promise.withResolvers<string>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    runtime.deployScript('slow', () => {
      begin();
      return answer;
    });
    runtime.deployScript('quick', () => 'ok');
    const idle = await open();
    idle.send(['GET /quick HTTP/1.1']);
    await idle.response();
    const busy = await open();
    busy.send(['GET /slow HTTP/1.1']);
    await begun;

    const closing = gateway.close({ drainMs: 60_000 });
    await idle.closed();
    await expect(RawClient.open(gateway.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    resolve('late but whole');
    expect(await busy.response()).toMatchObject({ status: 200, body: 'late but whole' });
    await closing;
    await busy.closed();
  });

  it('stops waiting for running calls when it is told to', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    runtime.deployScript('forever', () => {
      begin();
      return new Promise(() => {});
    });
    const client = await open();
    client.send(['GET /forever HTTP/1.1']);
    await begun;
    const closing = gateway.close({ drainMs: 600_000 });
    await gateway.close({ drainMs: 0 });
    await expect(closing).resolves.toBeUndefined();
    await client.closed();
  });
});

it('serves many connections at once', async () => {
  runtime.deployScript('echo', (event) => event.queryStringParameters.n);
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const get = (n: number): Promise<string> =>
    new Promise((resolve, reject) => {
      httpRequest(`${gateway.url}/echo?n=${n}`, { agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
  const answers = await Promise.all(Array.from({ length: 500 }, (_, n) => get(n)));
  expect(answers).toEqual(Array.from({ length: 500 }, (_, n) => String(n)));
  agent.destroy();
});
