import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeployRequest } from '../../../runtime/api.ts';
import { FaasError, type ErrorCode } from '../../../runtime/core/errors.ts';
import type { InstanceTrail } from '../../../runtime/core/types.ts';
import { RawClient } from '../http/raw-client.ts';
import { Ending, http, recordOf } from '../http/scripted-runtime.ts';
import { startHarness, TOKEN, type AdminHarness } from './admin-harness.ts';

let harness: AdminHarness;
let deploys: DeployRequest[];
let failure: FaasError | undefined;

beforeEach(async () => {
  deploys = [];
  failure = undefined;
  harness = await startHarness({
    async deploy(request) {
      deploys.push(request);
      if (failure) throw failure;
      const deployed = harness.runtime.deployScript('deployed', () => 'ok', {
        triggers: [http('GET /deployed')],
      });
      return { function: deployed, changed: true, buildMs: 12.5, notes: ['kept out: .env'] };
    },
  });
});

afterEach(async () => {
  await harness.close();
});

describe('who may use it', () => {
  const { stringify } = JSON;
  const statusOf = async (lines: string[]): Promise<unknown> => {
    const client = await RawClient.open(harness.admin.port);
    client.send(lines);
    const { status, body } = await client.response();
    client.close();
    return [status, JSON.parse(body).error?.code ?? 'fine'];
  };

  it.each<[string[], number, string]>([
    [[], 401, 'Unauthorized'],
    [['Authorization: Bearer'], 401, 'Unauthorized'],
    [['Authorization: Bearer wrong'], 401, 'Unauthorized'],
    [[`Authorization: Bearer ${TOKEN}x`], 401, 'Unauthorized'],
    [[`Authorization: Basic ${TOKEN}`], 401, 'Unauthorized'],
    [[`Cookie: token=${TOKEN}`], 401, 'Unauthorized'],
    [[`Authorization: Bearer ${TOKEN}`], 200, 'fine'],
    [[`authorization: bearer ${TOKEN}`], 200, 'fine'],
    [[`Authorization: Bearer ${TOKEN}`, 'Host: evil.test'], 403, 'HostNotAllowed'],
    [[`Authorization: Bearer ${TOKEN}`, 'Origin: http://evil.test'], 403, 'OriginNotAllowed'],
    [[`Authorization: Bearer ${TOKEN}`, 'Origin: null'], 403, 'OriginNotAllowed'],
    [[`Authorization: Bearer ${TOKEN}`, 'Origin: http://localhost:4000'], 403, 'OriginNotAllowed'],
    [
      [`Authorization: Bearer ${TOKEN}`, 'Host: rebound.test', 'Origin: http://rebound.test'],
      403,
      'HostNotAllowed',
    ],
  ])(`with ${stringify('%j')}: %i %s`, async (lines, status, code) => {
    expect(await statusOf(['GET /api/status HTTP/1.1', ...lines])).toEqual([status, code]);
  });

  it('may be a page of the administration itself', async () => {
    const origin = `Origin: http://localhost:${harness.admin.port}`;
    expect(await statusOf(['GET /api/status HTTP/1.1', `Authorization: Bearer ${TOKEN}`, origin])).toEqual([
      200,
      'fine',
    ]);
  });

  it('is everybody on this machine for /health, and no page of another origin even there', async () => {
    const response = await fetch(`${harness.admin.url}/health`);
    expect(await response.json()).toEqual({ status: 'ok', sessionId: 'session', version: '1.2.3' });
    expect(await statusOf(['GET /health HTTP/1.1', 'Origin: http://evil.test'])).toEqual([
      403,
      'OriginNotAllowed',
    ]);
  });

  it.each(['/', '/api', '/api/nothing', '/metrics', '/api/events', '/health/x'])(
    'is asked for the token at %s',
    async (path) => {
      expect((await fetch(harness.admin.url + path)).status).toBe(401);
    },
  );

  it('is no page by way of a preflight', async () => {
    expect(await statusOf(['OPTIONS /api/deploy HTTP/1.1', 'Origin: http://evil.test'])).toEqual([
      403,
      'OriginNotAllowed',
    ]);
  });
});

describe('errors', () => {
  it('of unknown paths are 404s', async () => {
    const response = await harness.ask('/api/nothing', { method: 'POST' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: 'NotFound', message: 'there is no POST /api/nothing here' },
    });
  });

  it.each<[ErrorCode, number]>([
    ['BuildFailed', 400],
    ['ConfigInvalid', 400],
    ['FunctionNotFound', 404],
    ['EngineUnavailable', 503],
    ['ShuttingDown', 503],
    ['StoreFailed', 500],
  ])('%s is a %i with what was expected, what came and the remedy', async (code, status) => {
    failure = new FaasError(code, 'it went wrong', { expected: 'this', got: 'that', remedy: 'do so' });
    const response = await harness.ask('/api/deploy', { method: 'POST', body: '{"source":"/x"}' });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: { code, message: 'it went wrong', expected: 'this', got: 'that', remedy: 'do so' },
    });
  });
});

describe('status', () => {
  it('says what runs where', async () => {
    harness.runtime.deployScript('a', () => 1);
    expect(await harness.json('/api/status')).toMatchObject({
      version: '1.2.3',
      pid: process.pid,
      dataDir: harness.runtime.dataDir,
      configFile: null,
      driver: { name: 'fake', reason: 'scripted', isolates: false },
      url: 'http://127.0.0.1:4000',
      adminUrl: harness.admin.url,
      awsEndpoint: 'http://127.0.0.1:4566',
      functions: 1,
      instances: 0,
      queued: 0,
    });
  });
});

describe('functions', () => {
  it('are listed with their triggers and addresses', async () => {
    const upload = {
      type: 's3',
      bucket: 'photos',
      events: ['ObjectCreated:*'],
      prefix: 'in/',
      suffix: '.jpg',
    } as const;
    harness.runtime.deployScript('both', () => 1, {
      triggers: [http('GET /x/:id'), { ...upload, events: [...upload.events] }],
    });
    harness.runtime.deployScript('plain', () => 1);
    expect(await harness.json('/api/functions')).toMatchObject({
      functions: [
        {
          name: 'both',
          revision: '0123456789ab',
          handler: null,
          memoryMb: 128,
          timeoutMs: 3000,
          triggers: [
            { type: 'http', description: 'GET /x/:id', url: 'http://127.0.0.1:4000/x/:id' },
            { type: 's3', description: 'ObjectCreated:* photos/in/*.jpg' },
          ],
        },
        {
          name: 'plain',
          triggers: [{ type: 'http', description: 'ANY /plain', url: 'http://127.0.0.1:4000/plain' }],
        },
      ],
    });
  });

  it('are removed, once', async () => {
    harness.runtime.deployScript('gone', () => 1);
    expect(await harness.json('/api/functions/gone', { method: 'DELETE' })).toEqual({ removed: 'gone' });
    const again = await harness.ask('/api/functions/gone', { method: 'DELETE' });
    expect(again.status).toBe(404);
    expect(await again.json()).toMatchObject({ error: { code: 'FunctionNotFound' } });
  });

  it('are deployed as asked', async () => {
    const request = { source: '/src/x', name: 'x', overrides: { memory: 256 }, configFile: '/c.ts' };
    const answer = await harness.json('/api/deploy', { method: 'POST', body: JSON.stringify(request) });
    expect(deploys).toEqual([request]);
    expect(answer).toMatchObject({
      function: { name: 'deployed' },
      changed: true,
      buildMs: 12.5,
      notes: ['kept out: .env'],
    });
  });

  it.each([
    '',
    'x',
    '[]',
    'null',
    '{}',
    '{"source":1}',
    '{"source":"/x","name":1}',
    '{"source":"/x","overrides":[]}',
    '{"source":"/x","configFile":{}}',
  ])('are not deployed by %j', async (body) => {
    const response = await harness.ask('/api/deploy', { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'UsageError', expected: expect.any(String) },
    });
    expect(deploys).toEqual([]);
  });
});

describe('invoking', () => {
  const invoke = (name: string, query: string, body?: string): Promise<unknown> =>
    harness.json(`/api/functions/${name}/invoke${query}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
    });

  it('gives the record and the answer', async () => {
    harness.runtime.deployScript('add', (event) => event.a + event.b);
    expect(await invoke('add', '', '{"a":1,"b":2}')).toMatchObject({
      record: { function: 'add', outcome: 'success', trigger: { type: 'direct', source: null } },
      payload: 3,
      error: null,
    });
  });

  it('gives the function’s error as it is, trace and all', async () => {
    const error = { errorType: 'TypeError', errorMessage: 'x', trace: ['at y'] };
    harness.runtime.deployScript('fails', () => new Ending('error', error));
    expect(await invoke('fails', '', '{}')).toMatchObject({
      record: { outcome: 'error' },
      payload: null,
      error,
    });
  });

  it('loses no digit on the way back', async () => {
    harness.runtime.deployScript('big', () => 1);
    const { runtime } = harness;
    const scripted = runtime.invoke.bind(runtime);
    runtime.invoke = async (request) => ({
      ...(await scripted(request)),
      payload: Buffer.from('{"n":12345678901234567890}'),
    });
    const response = await harness.ask('/api/functions/big/invoke', { method: 'POST' });
    expect(await response.text()).toContain('"payload":{"n":12345678901234567890},"error":null');
  });

  it('without an event sends {}', async () => {
    harness.runtime.deployScript('echo', (event) => event);
    expect(await invoke('echo', '')).toMatchObject({ payload: {} });
  });

  it('brings the log of the call when it is asked for', async () => {
    harness.runtime.deployScript('talks', (_event, { requestId }) => {
      const line = { at: 1, function: 'talks', instance: null, stream: 'stdout', level: 'INFO' } as const;
      harness.store.logs.append({ ...line, requestId: requestId ?? null, line: 'mine' });
      harness.store.logs.append({ ...line, requestId: 'other', line: 'not mine' });
      return 1;
    });
    expect(await invoke('talks', '?log=1')).toMatchObject({ log: [{ line: 'mine' }] });
    expect(await invoke('talks', '')).not.toHaveProperty('log');
  });

  it('can be put off: the event waits in the store', async () => {
    harness.runtime.deployScript('later', () => 1);
    const response = await harness.ask('/api/functions/later/invoke?async=1', {
      method: 'POST',
      body: '{"x":1}',
    });
    expect(response.status).toBe(202);
    const { requestId } = (await response.json()) as { requestId: string };
    const [event] = harness.store.queue.due('later', Number.MAX_SAFE_INTEGER, 10, new Set());
    expect(event).toMatchObject({ requestId, function: 'later', trigger: { type: 'direct', source: null } });
    expect(Buffer.from(event!.payload).toString()).toBe('{"x":1}');
  });

  it.each(['', '?async=1'])('what is not deployed is a 404%s', async (query) => {
    const response = await harness.ask(`/api/functions/none/invoke${query}`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'FunctionNotFound' } });
  });

  it('with what is not JSON is refused', async () => {
    harness.runtime.deployScript('echo', (event) => event);
    expect(await invoke('echo', '', '{"a":')).toMatchObject({
      error: { code: 'UsageError', message: 'the event is not JSON' },
    });
    expect(harness.runtime.requests).toEqual([]);
  });

  it('with more than 6 MB is refused', async () => {
    harness.runtime.deployScript('echo', () => 1);
    const body = JSON.stringify('x'.repeat(6 * 1024 * 1024));
    const response = await harness.ask('/api/functions/echo/invoke', { method: 'POST', body });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: 'PayloadTooLarge' } });
  });
});

describe('what happened', () => {
  it('is in the records, newest first', async () => {
    harness.runtime.deployScript('a', () => 1);
    harness.runtime.deployScript('b', () => new Ending('error'));
    for (const name of ['a', 'b', 'a'])
      await harness.ask(`/api/functions/${name}/invoke`, { method: 'POST' });
    const { records } = (await harness.json('/api/records')) as {
      records: { requestId: string; function: string }[];
    };
    expect(records.map((record) => record.function)).toEqual(['a', 'b', 'a']);
    expect(records[0]!.requestId).toBe(harness.runtime.requests[2]!.requestId);
    expect(await harness.json('/api/records?function=b')).toMatchObject({ records: [{ outcome: 'error' }] });
    expect(await harness.json(`/api/records?request=${records[2]!.requestId}`)).toMatchObject({
      records: [records[2]],
    });
    expect(await harness.json('/api/records?limit=1')).toMatchObject({ records: [records[0]] });
    expect(await harness.json('/api/records?until=1000')).toEqual({ records: [] });
  });

  it('is in the logs', async () => {
    for (const [index, name] of ['a', 'b', 'a'].entries()) {
      const line = {
        at: 1000 + index,
        function: name,
        instance: null,
        stream: 'stdout',
        level: null,
      } as const;
      harness.store.logs.append({ ...line, requestId: `r-${index}`, line: `line ${index}` });
    }
    const linesOf = async (query: string) =>
      ((await harness.json(`/api/logs${query}`)) as { lines: { line: string }[] }).lines.map(
        ({ line }) => line,
      );
    expect(await linesOf('')).toEqual(['line 0', 'line 1', 'line 2']);
    expect(await linesOf('?function=a')).toEqual(['line 0', 'line 2']);
    expect(await linesOf('?since=1001')).toEqual(['line 1', 'line 2']);
    expect(await linesOf('?request=r-1')).toEqual(['line 1']);
    expect(await linesOf('?afterId=2')).toEqual(['line 2']);
  });

  it('costs what the records say', async () => {
    harness.runtime.deployScript('a', () => 1);
    for (let call = 0; call < 3; call += 1) await harness.ask('/api/functions/a/invoke', { method: 'POST' });
    expect(await harness.json('/api/cost?by=trigger')).toMatchObject({
      by: 'trigger',
      rows: [{ trigger: 'direct', invocations: 3, billedMs: 6 }],
      totals: { invocations: 3, billedMs: 6, requestsUsd: 0.0000006 },
    });
    expect(await harness.json('/api/cost?function=other')).toMatchObject({
      rows: [],
      totals: { invocations: 0 },
    });
  });

  it.each([
    ['/api/records?limit=x', 'limit'],
    ['/api/records?limit=0', 'limit'],
    ['/api/logs?since=yesterday', 'since'],
    ['/api/logs?afterId=-1', 'afterId'],
    ['/api/cost?by=colour', 'by'],
  ])('%s is a mistake that is named', async (path, parameter) => {
    const response = await harness.ask(path);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'UsageError', message: expect.stringContaining(parameter) },
    });
  });
});

describe('instances', () => {
  const live = {
    id: 'live00000000',
    function: 'a',
    revision: '0123456789ab',
    state: 'idle',
    startedAt: 1,
    idleMs: 5,
    memoryMb: 128,
    maxMemoryMb: 40,
    calls: 2,
    endReason: null,
  } as const;
  const trail = (id: string, name: string): InstanceTrail => ({
    id,
    function: name,
    revision: '0123456789ab',
    driver: 'fake',
    memoryMb: 128,
    states: [{ state: 'starting', at: 1 }],
    endReason: 'idle',
    calls: 1,
    peakMemoryMb: null,
  });

  it('are the live ones, and with all=1 those that ended', async () => {
    harness.runtime.instances = () => [live, { ...live, id: 'other', function: 'b' }];
    for (const ended of [trail('live00000000', 'a'), trail('ended0000000', 'a')])
      harness.store.instances.save(ended);
    expect(await harness.json('/api/instances?function=a')).toEqual({ instances: [live] });
    expect(await harness.json('/api/instances?function=a&all=1')).toMatchObject({
      instances: [live],
      ended: [{ id: 'ended0000000', endReason: 'idle' }],
    });
  });
});

describe('emitting', () => {
  it('passes the event on, with its usual name', async () => {
    expect(await harness.json('/api/emit/s3?bucket=photos&key=in%2Fa%20b.jpg', { method: 'POST' })).toEqual({
      requestIds: ['r-1'],
      stored: false,
    });
    expect(harness.emitted).toEqual([
      { bucket: 'photos', key: 'in/a b.jpg', event: 'ObjectCreated:Put', bytes: null },
    ]);
  });

  it('streams an object of any size', async () => {
    const bytes = 20 * 1024 * 1024;
    const path = '/api/emit/s3?bucket=b&key=k&event=s3:ObjectCreated:Post&to=f&store=1';
    expect(await harness.json(path, { method: 'POST', body: Buffer.alloc(bytes) })).toMatchObject({
      stored: true,
    });
    expect(harness.emitted).toMatchObject([{ event: 'ObjectCreated:Post', to: 'f', bytes }]);
  });

  it('needs a bucket and a key', async () => {
    const response = await harness.ask('/api/emit/s3?bucket=b', { method: 'POST' });
    expect(await response.json()).toMatchObject({
      error: { code: 'UsageError', message: expect.stringContaining('key') },
    });
  });
});

it('metrics count what ended, by function, outcome and start', async () => {
  const request = {
    function: 'a"b',
    payload: Buffer.from('{}'),
    trigger: { type: 'direct', source: null },
  } as const;
  harness.runtime.events.emit('record', recordOf(request, 'success'));
  harness.runtime.events.emit('record', recordOf(request, 'success'));
  harness.runtime.events.emit('record', recordOf(request, 'throttled'));
  const response = await harness.ask('/metrics');
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = (await response.text()).split('\n');
  expect(lines).toContain('faas_invocations_total{function="a\\"b",outcome="success",start="warm"} 2');
  expect(lines).toContain('faas_invocations_total{function="a\\"b",outcome="throttled",start="none"} 1');
  expect(lines).toContain('faas_billed_seconds_total{function="a\\"b",outcome="success",start="warm"} 0.004');
  expect(lines).toContain('faas_queued_events 0');
});
