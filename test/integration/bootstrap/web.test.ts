import { describe, expect, test } from 'vitest';
import { useSubjects } from './subject.ts';

const { running } = useSubjects();

const http = (method: string, path: string, more: object = {}): object => ({
  version: '2.0',
  rawPath: path,
  rawQueryString: '',
  headers: { host: 'localhost:4000', 'x-forwarded-proto': 'http' },
  requestContext: { domainName: 'localhost:4000', http: { method } },
  isBase64Encoded: false,
  ...more,
});

/** The JSON in the body of an answer. */
const bodyOf = (answer: unknown): unknown => JSON.parse((answer as { value: { body: string } }).value.body);

describe('a Web handler', () => {
  test('gets the request as it was made', async () => {
    const { invoke } = await running('web', 'default');
    const answer = await invoke(
      http('POST', '/echo', {
        rawQueryString: 'a=1&a=%20x&b',
        headers: { host: 'localhost:4000', 'content-type': 'image/png' },
        cookies: ['s=1', 't=2'],
        body: 'AP8=',
        isBase64Encoded: true,
      }),
    );
    expect(bodyOf(answer)).toEqual({
      method: 'POST',
      url: 'http://localhost:4000/echo?a=1&a=%20x&b',
      query: [
        ['a', '1'],
        ['a', ' x'],
        ['b', ''],
      ],
      headers: { host: 'localhost:4000', 'content-type': 'image/png', cookie: 's=1; t=2' },
      body: 'AP8=',
    });
  });

  test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])('gets %s without a body', async (method) => {
    const { invoke } = await running('web', 'default');
    expect(bodyOf(await invoke(http(method, '/echo')))).toMatchObject({ method, body: null });
  });

  test.each([
    [
      '/cookies',
      {
        statusCode: 201,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        cookies: ['a=1', 'b=2; HttpOnly'],
        body: 'grün',
        isBase64Encoded: false,
      },
    ],
    ['/binary', { headers: { 'content-type': 'image/png' }, body: 'AP+A', isBase64Encoded: true }],
    ['/empty', { statusCode: 204, body: '', isBase64Encoded: false }],
    ['/unknown', { statusCode: 404, body: 'no such page' }],
  ])('answers %s in payload format 2.0', async (path, value) => {
    const { invoke } = await running('web', 'default');
    expect(await invoke(http('GET', path))).toMatchObject({ type: 'result', value });
  });

  test('is not over before its background work is, whose failure is only logged', async () => {
    const { invoke, logs } = await running('web', 'default');
    expect(await invoke(http('GET', '/background'))).toMatchObject({ value: { body: 'answered' } });
    expect(logs.map(({ text }) => text)).toEqual([
      expect.stringContaining('background failed'),
      'background done',
    ]);
  });

  test.each([
    ['/throws', 'Error', 'thrown in fetch'],
    ['/nothing', 'TypeError', 'fetch() has to return a Response, but it returned undefined'],
    ['/hangs', 'Runtime.NodeJsExit', expect.stringContaining('never settle')],
  ])('fails at %s with %s', async (path, errorType, errorMessage) => {
    const { invoke } = await running('web', 'default');
    expect(await invoke(http('GET', path))).toMatchObject({
      type: 'failed',
      error: { errorType, errorMessage },
    });
    expect(await invoke(http('GET', '/empty'))).toMatchObject({ type: 'result' });
  });

  test('gets other events as a POST that says what they are', async () => {
    const { invoke } = await running('web', 'default');
    const upload = { Records: [{ eventSource: 'aws:s3' }] };
    expect(await invoke(upload)).toMatchObject({ value: { kind: 's3', event: upload } });
    expect(await invoke({ source: 'aws.events' })).toMatchObject({ value: { kind: 'events' } });
    expect(await invoke(null)).toMatchObject({ value: { kind: 'direct', event: null } });
  });

  test('takes other events itself when it exports how', async () => {
    const { invoke } = await running('web', 'withEvents');
    expect(await invoke({ a: 1 }, { requestId: 'r' })).toMatchObject({
      value: { event: { a: 1 }, requestId: 'r' },
    });
    expect(await invoke(http('GET', '/'))).toMatchObject({ value: { body: 'fetched' } });
  });

  test('may be a Hono app', async () => {
    const { invoke } = await running('web', '', { entry: 'hono.mjs' });
    const hello = await invoke(http('GET', '/hello/you'), { requestId: 'r' });
    expect(bodyOf(hello)).toEqual({ hello: 'you', requestId: 'r' });
    const form = http('POST', '/form', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'field=value',
    });
    expect(await invoke(form)).toMatchObject({ value: { statusCode: 200, body: 'value' } });
    expect(await invoke(http('GET', '/absent'))).toMatchObject({ value: { statusCode: 404 } });
    expect(await invoke({ direct: true })).toMatchObject({
      type: 'failed',
      error: { errorType: 'HttpFailure', errorMessage: expect.stringContaining('404') },
    });
  });
});

describe('a streaming handler is answered when its stream has ended', () => {
  test.each([
    ['text', {}, 'one two'],
    ['json', {}, { a: 1 }],
    [
      'text',
      http('GET', '/', { word: 'grün' }),
      {
        statusCode: 200,
        headers: { 'content-type': 'text/plain' },
        body: 'one grün',
        isBase64Encoded: false,
      },
    ],
    ['binary', http('GET', '/'), { body: 'AP8=', isBase64Encoded: true }],
    [
      'withPrelude',
      {},
      { statusCode: 202, headers: { 'content-type': 'text/html' }, cookies: ['a=1'], body: '<p>grün</p>' },
    ],
  ])('%s', async (exportName, event, value) => {
    const { invoke } = await running('streaming', exportName);
    expect(await invoke(event)).toMatchObject({ type: 'result', value });
  });

  test.each([
    ['throws', 'Error', 'thrown while streaming'],
    ['tooMuch', 'Function.ResponseSizeTooLarge', expect.any(String)],
    ['neverEnds', 'Error', 'Response stream is not finished.'],
    ['notAsync', 'Error', 'Streaming does not support non-async handlers.'],
  ])('%s fails with %s', async (exportName, errorType, errorMessage) => {
    const { invoke } = await running('streaming', exportName);
    expect(await invoke()).toMatchObject({
      type: 'failed',
      fatal: false,
      error: { errorType, errorMessage },
    });
  });
});
