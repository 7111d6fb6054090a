import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { InvocationRecord } from '../../../runtime/core/types.ts';
import { faas, fakeAdmin, type AdminCall } from './support.ts';

const hello = {
  name: 'hello',
  revision: '0123456789ab',
  runtime: 'nodejs24.x',
  handler: null,
  memoryMb: 128,
  timeoutMs: 3000,
  idleTimeoutMs: 300_000,
  concurrency: 10,
  tmpMb: 512,
  triggers: [{ type: 'http', description: 'GET /hello/:name', url: 'http://127.0.0.1:4000/hello/:name' }],
  sizeBytes: 812,
  origin: 'cli',
  deployedAt: 0,
  source: '/x/hello',
};

describe('deploy', () => {
  const answers = {
    'POST /api/deploy': {
      json: { function: hello, changed: true, buildMs: 4.2, notes: ['.env was kept out'] },
    },
  };

  test('sends the folder and its flags in the notation of the configuration file', async () => {
    const admin = await fakeAdmin(answers);
    const flags =
      '--name hi --handler main.run --memory 512 --timeout 10 --idle-timeout 5m --env A=1 --env B=x=y'.split(
        ' ',
      );
    flags.push('--http', 'GET /hi/:name', '--http', 'POST /hi', '--schedule', 'rate(1 minute)');
    flags.push('--s3', 'photos:ObjectCreated:Put:in/:.jpg', '--s3', 'docs');
    expect(await faas(['deploy', './hello', ...flags], admin)).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(admin.calls[0]?.body ?? '')).toEqual({
      source: join(admin.cwd, 'hello'),
      name: 'hi',
      overrides: {
        handler: 'main.run',
        memory: 512,
        timeout: 10,
        idleTimeout: '5m',
        env: { A: '1', B: 'x=y' },
        triggers: [
          { http: 'GET /hi/:name' },
          { http: 'POST /hi' },
          { s3: { bucket: 'photos', events: ['ObjectCreated:Put'], prefix: 'in/', suffix: '.jpg' } },
          { s3: { bucket: 'docs', events: ['ObjectCreated:*'], prefix: '', suffix: '' } },
          { schedule: 'rate(1 minute)' },
        ],
      },
    });
  });

  test('without flags nothing overrides the configuration', async () => {
    const admin = await fakeAdmin(answers);
    await faas(['deploy', 'a', 'b', '--config', 'my.config.ts'], admin);
    expect(admin.calls.map(({ body }) => JSON.parse(body))).toEqual([
      { source: join(admin.cwd, 'a'), configFile: join(admin.cwd, 'my.config.ts') },
      { source: join(admin.cwd, 'b'), configFile: join(admin.cwd, 'my.config.ts') },
    ]);
  });

  test('prints name, revision, size, build time, triggers and what was kept out', async () => {
    const { stdout } = await faas(['deploy', 'hello'], await fakeAdmin(answers));
    expect(stdout).toBe(
      [
        'deployed hello  revision 0123456789ab · 812 B · built in 4.20 ms · 128 MB · timeout 3 s',
        '  http  GET  http://127.0.0.1:4000/hello/:name',
        '  note  .env was kept out',
        '',
      ].join('\n'),
    );
  });

  test('an unchanged function is called that', async () => {
    const json = { function: hello, changed: false, buildMs: 1, notes: [] };
    const { stdout } = await faas(['deploy', 'hello'], await fakeAdmin({ 'POST /api/deploy': { json } }));
    expect(stdout).toMatch(/^unchanged hello {2}revision 0123456789ab/u);
  });
});

const record: InvocationRecord = {
  requestId: '11111111-2222-4333-8444-555555555555',
  function: 'hello',
  revision: '0123456789ab',
  instance: 'abcdefabcdef',
  trigger: { type: 'direct', source: null },
  outcome: 'success',
  errorType: null,
  errorMessage: null,
  start: 'warm',
  coldReason: null,
  receivedAt: 1_764_000_000_000,
  phases: { queueMs: 0.01, provisionMs: null, bootMs: null, initMs: null, thawMs: null, handlerMs: 1.2 },
  coldStartMs: 0,
  durationMs: 1.3,
  billedMs: 2,
  memoryMb: 128,
  maxMemoryMb: 41,
  cpuMs: 1,
  tmpMb: 512,
  tmpUsedMb: null,
  requestBytes: 2,
  responseBytes: 5,
  attempt: 1,
  parentRequestId: null,
};

describe('invoke', () => {
  const path = 'POST /api/functions/hello/invoke';

  test.each([
    ['--data JSON', ['--data', '{"a":1}'], '', '{"a":1}'],
    ['--data @file', ['--data', '@event.json'], '', '{"from":"file"}'],
    ['--data -', ['--data', '-'], '{"from":"stdin"}', '{"from":"stdin"}'],
    ['no data', [], '', '{}'],
  ])('sends the event of %s', async (_what, args, stdin, sent) => {
    const admin = await fakeAdmin({ [path]: { json: { record, payload: null, error: null } } });
    writeFileSync(join(admin.cwd, 'event.json'), '{"from":"file"}');
    expect(await faas(['invoke', 'hello', ...args], { cwd: admin.cwd, stdin })).toMatchObject({ code: 0 });
    expect(admin.calls[0]?.body).toBe(sent);
  });

  test('prints the payload on one line for programs and indented for people', async () => {
    const { cwd } = await fakeAdmin({ [path]: { json: { record, payload: { a: [1] }, error: null } } });
    expect((await faas(['invoke', 'hello'], { cwd })).stdout).toBe('{"a":[1]}\n');
    expect((await faas(['invoke', 'hello'], { cwd, tty: true })).stdout).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  });

  test('numbers keep the digits the function gave them', async () => {
    const text = '{"record":{},"payload":[12345678901234567890,1.50,1e400],"error":null}';
    const { cwd } = await fakeAdmin({ [path]: { text } });
    expect((await faas(['invoke', 'hello'], { cwd })).stdout).toBe('[12345678901234567890,1.50,1e400]\n');
  });

  test('a function error ends with 1 and shows error and trace on stderr, nothing on stdout', async () => {
    const error = {
      errorType: 'TypeError',
      errorMessage: 'no \u001B[2Jname',
      trace: ['TypeError: no name', '    at handler (index.ts:3:9)'],
    };
    const failed = { ...record, outcome: 'error', errorType: 'TypeError' };
    const { cwd } = await fakeAdmin({ [path]: { json: { record: failed, payload: null, error } } });
    const ran = await faas(['invoke', 'hello'], { cwd });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('error: hello ended with error: TypeError: no [2Jname');
    expect(ran.stderr).toContain('at handler (index.ts:3:9)');
    expect(ran.stderr).toContain(`faas logs --request ${record.requestId}`);
    const json = await faas(['invoke', 'hello', '--json'], { cwd });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual({ record: failed, payload: null, error });
  });

  test('--async prints the request id', async () => {
    const admin = await fakeAdmin({ [path]: { status: 202, json: { requestId: 'r-1' } } });
    expect((await faas(['invoke', 'hello', '--async'], admin)).stdout).toBe('r-1\n');
    expect(admin.calls[0]?.query).toEqual({ async: '1' });
  });

  test('--log prints what the function logged on stderr', async () => {
    const log = [
      {
        at: 0,
        function: 'hello',
        instance: null,
        requestId: null,
        stream: 'stdout',
        level: 'INFO',
        line: 'hi there',
      },
    ];
    const admin = await fakeAdmin({ [path]: { json: { record, payload: 1, error: null, log } } });
    const ran = await faas(['invoke', 'hello', '--log'], admin);
    expect(ran).toMatchObject({ code: 0, stdout: '1\n' });
    expect(ran.stderr).toMatch(/hello {2}INFO {2}hi there/u);
    expect(admin.calls[0]?.query).toEqual({ log: '1' });
  });
});

describe('ps', () => {
  const instance = {
    id: 'abcdefabcdef',
    function: 'hello',
    revision: '0123456789ab',
    state: 'idle',
    startedAt: 0,
    idleMs: 61_000,
    memoryMb: 128,
    maxMemoryMb: 40.6,
    calls: 7,
    endReason: null,
  };

  test('shows each instance with what it holds, and functions without any', async () => {
    const functions = [hello, { ...hello, name: 'resize' }];
    const { cwd } = await fakeAdmin({
      'GET /api/functions': { json: { functions } },
      'GET /api/instances': { json: { instances: [{ ...instance, startedAt: Date.now() - 3_600_000 }] } },
    });
    const { stdout } = await faas(['ps'], { cwd });
    expect(stdout.split('\n')[0]).toMatch(/^FUNCTION +STATE +INSTANCE +REVISION +AGE +IDLE +MEMORY +CALLS$/u);
    expect(stdout).toMatch(
      /^hello +idle +abcdefabcdef +0123456789ab +1 h +1 min of 5 min +41 of 128 MB +7$/mu,
    );
    expect(stdout).toMatch(/^resize +none$/mu);
  });

  test('--all asks for the instances that ended and says why they did', async () => {
    const ended = [
      {
        id: 'aaaaaaaaaaaa',
        function: 'hello',
        revision: 'r',
        driver: 'process',
        memoryMb: 128,
        states: [
          { state: 'starting', at: Date.now() - 9000 },
          { state: 'stopped', at: Date.now() - 4000 },
        ],
        endReason: 'timeout',
        calls: 3,
        peakMemoryMb: null,
      },
    ];
    const admin = await fakeAdmin({
      'GET /api/functions': { json: { functions: [hello] } },
      'GET /api/instances': { json: { instances: [], ended } },
    });
    const { stdout } = await faas(['ps', 'hello', '--all'], admin);
    expect(admin.calls.find(({ path }) => path === '/api/instances')?.query).toEqual({
      function: 'hello',
      all: '1',
    });
    expect(stdout).toMatch(/^hello +timeout +aaaaaaaaaaaa +r +\d s ago +5 s +– of 128 MB +3$/mu);
  });

  test('a function that is not there is an error that lists those that are', async () => {
    const { cwd } = await fakeAdmin({
      'GET /api/functions': { json: { functions: [hello] } },
      'GET /api/instances': { json: { instances: [] } },
    });
    const ran = await faas(['ps', 'helo'], { cwd });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/expected +hello\n +got +helo/u);
  });

  test('--watch without a terminal is wrong usage', async () => {
    expect(await faas(['ps', '--watch'], await fakeAdmin({}))).toMatchObject({ code: 2 });
  });
});

describe('logs', () => {
  const line = {
    id: 7,
    at: 0,
    function: 'hello',
    instance: null,
    requestId: 'r',
    stream: 'stdout',
    level: 'WARN',
    line: 'a\u001B]0;title\u0007b',
  };

  test('asks with its filters and prints line by line, without control sequences', async () => {
    const admin = await fakeAdmin({
      'GET /api/logs': { json: { lines: [line, { ...line, level: null, line: 'raw' }] } },
    });
    const { stdout } = await faas(
      ['logs', 'hello', '--request', 'r', '--since', '2026-01-02', '--limit', '5'],
      admin,
    );
    expect(admin.calls[0]?.query).toEqual({
      function: 'hello',
      request: 'r',
      since: String(Date.parse('2026-01-02')),
      limit: '5',
    });
    expect(stdout).toMatch(/^\S+ hello {2}WARN {2}a\]0;titleb\n\S+ hello {2}raw\n$/u);
  });

  test('an error that a handler threw is shown as its stack trace, indented', async () => {
    const thrown = { errorType: 'TypeError', stack: ['TypeError: no name', '    at handler (index.ts:3:9)'] };
    const text = `Invoke Error \t${JSON.stringify(thrown)}`;
    const { cwd } = await fakeAdmin({ 'GET /api/logs': { json: { lines: [{ ...line, line: text }] } } });
    expect((await faas(['logs'], { cwd })).stdout).toMatch(
      /WARN {2}TypeError: no name\n {8}at handler \(index.ts:3:9\)\n$/u,
    );
  });

  test('--follow shows each line once, in order, until the runtime stops', async () => {
    const stored = [line, { ...line, id: 8, line: 'second' }, { ...line, id: 9, line: 'third' }];
    let logged = 1;
    const admin = await fakeAdmin({
      'GET /api/events': () => {
        logged = 3;
        return {
          text: ': hi\n\nevent: log\ndata: {}\n\nevent: log\ndata: {}\n\nevent: record\ndata: {}\n\n',
        };
      },
      'GET /api/logs': ({ query }: AdminCall) => ({
        json: { lines: stored.slice(0, logged).filter(({ id }) => id > Number(query['afterId'] ?? 0)) },
      }),
    });
    const ran = await faas(['logs', '--follow', '--json'], admin);
    expect(
      ran.stdout
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text).id),
    ).toEqual([7, 8, 9]);
    expect(ran).toMatchObject({ code: 0, stderr: 'The runtime has stopped.\n' });
  });
});

describe('cost', () => {
  const figures = (name: string, usd: string) =>
    `{"function":${JSON.stringify(name)},"invocations":10,"coldStarts":1,"errors":0,"throttled":0,"cancelled":0,"billedMs":120,"gbSeconds":0.015,"requestsUsd":0.000002,"computeUsd":0.00000025,"tmpUsd":0,"totalUsd":${usd},"coldStartMs":{"p50":312.5,"p95":312.5,"p99":312.5},"durationMs":{"p50":1.2,"p95":2,"p99":3.4},"unpriced":0,"coldPhasesMs":{"provision":{"p50":1.5,"p95":1.5,"p99":1.5},"boot":{"p50":null,"p95":null,"p99":null},"init":{"p50":311,"p95":311,"p99":311}},"coldReasons":{"first":1,"scale-out":0,"expired":0,"new-revision":0,"crashed":0}}`;
  const report = `{"rates":{"id":"aws-lambda-x86-2025-08-01","name":"AWS Lambda x86","effectiveFrom":"2025-08-01","source":"https://aws.amazon.com/lambda/pricing/"},"by":"function","from":null,"to":null,"rows":[${figures('hello', '0.00000225000000000000000001')},${figures('a,"b"', '1.5')}],"totals":${figures('', '1.50000225000000000000000001')}}`;

  test('the table keeps every digit of a sum, with the decimal points in one line', async () => {
    const { cwd } = await fakeAdmin({ 'GET /api/cost': { text: report } });
    const { stdout } = await faas(['cost'], { cwd });
    expect(stdout).toContain('0.00000225000000000000000001');
    expect(stdout).toContain('1.50000225000000000000000001');
    expect(stdout).toContain('1 (10 %)');
    expect(stdout).toContain('AWS Lambda x86; the free tier is not subtracted');
    const points = stdout
      .split('\n')
      .slice(1, 4)
      .map((row) => row.lastIndexOf('.'));
    expect(new Set(points).size).toBe(1);
  });

  test('columns that do not fit the terminal are left out, the totals never', async () => {
    const { cwd } = await fakeAdmin({ 'GET /api/cost': { text: report } });
    const heads = await Promise.all(
      [undefined, 120, 60].map(async (columns) => {
        const { stdout } = await faas(['cost'], { cwd, ...(columns === undefined ? {} : { columns }) });
        return stdout.split('\n')[0]?.split(/ {2,}/u);
      }),
    );
    expect(heads[0]).toContain('COMPUTE $');
    expect(heads[1]).not.toContain('COMPUTE $');
    expect(heads[1]).toContain('P99');
    expect(heads[2]).toEqual(['FUNCTION', 'CALLS', 'COLD', 'ERRORS', 'P50', 'BILLED', 'TOTAL $']);
  });

  test('--json gives the report as the runtime wrote it, digit by digit', async () => {
    const { cwd } = await fakeAdmin({ 'GET /api/cost': { text: report } });
    const { stdout } = await faas(['cost', '--json'], { cwd });
    expect(stdout.replaceAll(/\s/gu, '')).toBe(report.replaceAll(/\s/gu, ''));
  });

  test('--format csv quotes as RFC 4180 asks', async () => {
    const { cwd } = await fakeAdmin({ 'GET /api/cost': { text: report } });
    const [head, first, second, total] = (await faas(['cost', '--format', 'csv'], { cwd })).stdout.split(
      '\n',
    );
    expect(head).toMatch(/^function,invocations,coldStarts,errors,/u);
    expect(first).toMatch(/^hello,10,1,0,.*,0.00000225000000000000000001,/u);
    expect(second).toMatch(/^"a,""b""",10,/u);
    expect(total).toMatch(/^total,/u);
  });

  test('passes on what it was asked', async () => {
    const admin = await fakeAdmin({ 'GET /api/cost': { text: report } });
    await faas(
      ['cost', '--by', 'day', '--function', 'hello', '--rates', 'aws-lambda-arm64', '--until', '2026-02-01'],
      admin,
    );
    expect(admin.calls[0]?.query).toEqual({
      by: 'day',
      function: 'hello',
      rates: 'aws-lambda-arm64',
      until: String(Date.parse('2026-02-01')),
    });
  });
});

describe('emit and rm', () => {
  test('emit stores the file and says which invocations follow', async () => {
    const admin = await fakeAdmin({ 'POST /api/emit/s3': { json: { requestIds: ['r-1'], stored: true } } });
    writeFileSync(join(admin.cwd, 'cat.jpg'), 'pixels');
    const { stdout } = await faas(['emit', 's3', 'photos', '--file', 'cat.jpg', '--to', 'resize'], admin);
    expect(admin.calls[0]).toMatchObject({
      query: { bucket: 'photos', key: 'cat.jpg', event: 'ObjectCreated:Put', to: 'resize', store: '1' },
      body: 'pixels',
    });
    expect(stdout).toContain('photos/cat.jpg (stored) → 1 invocation');
    expect(stdout).toContain('faas logs --request r-1');
  });

  test('emit says when nothing listens, and refuses a folder', async () => {
    const { cwd } = await fakeAdmin({ 'POST /api/emit/s3': { json: { requestIds: [], stored: false } } });
    expect((await faas(['emit', 's3', 'photos', 'in/x.jpg'], { cwd })).stdout).toContain(
      'no trigger matches',
    );
    mkdirSync(join(cwd, 'folder'));
    expect(await faas(['emit', 's3', 'photos', 'x', '--file', 'folder'], { cwd })).toMatchObject({ code: 2 });
  });

  test('rm removes each function it is given', async () => {
    const admin = await fakeAdmin({
      'DELETE /api/functions/a': { json: {} },
      'DELETE /api/functions/b': { json: {} },
    });
    expect((await faas(['rm', 'a', 'b', '--json'], admin)).stdout).toContain('"removed"');
    expect(admin.calls.map(({ path }) => path)).toEqual(['/api/functions/a', '/api/functions/b']);
  });
});
