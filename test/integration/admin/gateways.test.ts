import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startGateways, type Gateways } from '../../../gateway/index.ts';
import type { InstanceSnapshot } from '../../../runtime/api.ts';
import type { FaasConfig } from '../../../runtime/config/schema.ts';
import { createLogger, silentLogger } from '../../../runtime/core/log.ts';
import { openStore } from '../../../runtime/store/open.ts';
import type { Store } from '../../../runtime/store/store.ts';
import { createScriptedRuntime, recordOf, type ScriptedRuntime } from '../http/scripted-runtime.ts';

/** The machine may be busy. */
const PATIENTLY = { timeout: 30_000 };

let dataDir: string;
let store: Store;
let runtime: ScriptedRuntime;
let endpoint: string | undefined;
let warnings: string[];
let gateways: Gateways | undefined;
let blocker: Server | undefined;

const options = { host: '127.0.0.1', port: 0, adminPort: 0, awsPort: 0, allowedHosts: [], version: '1.2.3' };
const runtimeFile = () => join(dataDir, 'runtime.json');

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'faas-gateways-'));
  store = openStore(dataDir, { log: silentLogger });
  endpoint = undefined;
  warnings = [];
  const config: Partial<FaasConfig> = {
    buckets: ['photos'],
    s3: { unsigned: 'owner' },
    credentials: [{ accessKeyId: 'faas', secretAccessKey: 'faas-secret' }],
    region: 'us-east-1',
    allowedHosts: [],
  };
  runtime = createScriptedRuntime({
    dataDir,
    store,
    config: config as FaasConfig, // what the gateways read of it
    log: createLogger('warn', (line) => warnings.push(line)),
    enqueue: (event) => store.queue.enqueue(event),
    setAwsEndpoint: (url) => {
      endpoint = url;
    },
  });
});

afterEach(async () => {
  await gateways?.close({ drainMs: 0 });
  gateways = undefined;
  blocker?.close();
  blocker = undefined;
  store.close();
  rmSync(dataDir, { recursive: true });
});

const started = async (overrides: Partial<typeof options> = {}): Promise<Gateways> =>
  (gateways = await startGateways(runtime, { ...options, ...overrides }));

async function blockPort(): Promise<number> {
  blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const address = blocker.address();
  return typeof address === 'object' && address ? address.port : 0;
}

it('all three ports answer, each its own', async () => {
  runtime.deployScript('hello', () => 'hi');
  const { url, adminUrl, awsEndpoint, token } = await started();
  expect(await (await fetch(`${url}/hello`)).text()).toBe('hi');
  expect((await fetch(`${url}/health`)).status).toBe(404);
  expect((await fetch(`${adminUrl}/health`)).status).toBe(200);
  expect(
    (await fetch(`${adminUrl}/api/status`, { headers: { authorization: `Bearer ${token}` } })).status,
  ).toBe(200);
  expect((await fetch(`${adminUrl}/hello`)).status).toBe(401);
  expect(await (await fetch(awsEndpoint)).text()).toContain('<Name>photos</Name>');
});

it('sandboxes are told where the AWS endpoint is', async () => {
  const { awsEndpoint } = await started();
  expect(endpoint).toBe(awsEndpoint);
});

it('the addresses and the token are in a file for this user alone, as long as it runs', async () => {
  writeFileSync(runtimeFile(), '{"sessionId":"of a killed runtime"}', { mode: 0o644 });
  const running = await started();
  expect(statSync(runtimeFile()).mode & 0o777).toBe(0o600);
  const { url, adminUrl, awsEndpoint, token } = running;
  expect(JSON.parse(readFileSync(runtimeFile(), 'utf8'))).toMatchObject({
    url,
    adminUrl,
    awsEndpoint,
    token,
    pid: process.pid,
    sessionId: 'session',
    version: '1.2.3',
  });
  await running.close();
  expect(existsSync(runtimeFile())).toBe(false);
});

it('each start has a token of its own', async () => {
  const first = (await started()).token;
  await gateways?.close();
  expect((await started()).token).not.toBe(first);
});

it('the file of another session is left alone', async () => {
  const running = await started();
  writeFileSync(runtimeFile(), '{"sessionId":"another"}');
  await running.close();
  expect(existsSync(runtimeFile())).toBe(true);
});

it.each([
  ['port', '--port', 'HTTP triggers'],
  ['awsPort', '--aws-port', 'the AWS endpoint'],
  ['adminPort', '--admin-port', 'the administration'],
] as const)(
  'when the %s is taken none is opened and the error says which flag helps',
  async (name, flag, purpose) => {
    const port = await blockPort();
    const others = await Promise.all([freePort(), freePort(), freePort()]);
    const ports = { port: others[0], awsPort: others[1], adminPort: others[2], [name]: port };
    await expect(started(ports)).rejects.toMatchObject({
      code: 'PortInUse',
      message: `port ${port} for ${purpose} is taken`,
      remedy: expect.stringContaining(`${flag} 0`),
    });
    expect(existsSync(runtimeFile())).toBe(false);
    for (const free of Object.values(ports))
      if (free !== port) await expect(fetch(`http://127.0.0.1:${free}/`)).rejects.toThrow('fetch failed');
  },
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

it('closing keeps the AWS endpoint for functions that are still running', async () => {
  const busy: InstanceSnapshot = {
    id: 'i',
    function: 'f',
    revision: 'r',
    state: 'busy',
    startedAt: 1,
    idleMs: null,
    memoryMb: 128,
    maxMemoryMb: null,
    calls: 0,
    endReason: null,
  };
  let instances = [busy];
  runtime.instances = () => instances;
  const running = await started();
  const { awsEndpoint, url } = running;
  const closed = running.close({ drainMs: 600_000 });
  await expect
    .poll(
      () =>
        fetch(url).then(
          () => 'answers',
          () => 'closed',
        ),
      PATIENTLY,
    )
    .toBe('closed');
  expect((await fetch(awsEndpoint)).status).toBe(200);
  instances = [];
  const request = {
    function: 'f',
    payload: Buffer.from('{}'),
    trigger: { type: 'direct', source: null },
  } as const;
  runtime.events.emit('record', recordOf(request, 'success'));
  await closed;
  await expect(fetch(awsEndpoint)).rejects.toThrow('fetch failed');
});

it('a second close does not wait for what the first one waits for', async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  runtime.deployScript('forever', () => {
    begin();
    return new Promise(() => {});
  });
  const running = await started();
  const call = fetch(`${running.url}/forever`).catch((error: unknown) => error);
  await begun;
  const patient = running.close({ drainMs: 600_000 });
  await running.close({ drainMs: 0 });
  await expect(patient).resolves.toBeUndefined();
  expect(await call).toBeInstanceOf(Error);
});

it('being reachable from other machines is warned of', async () => {
  await started({ host: '0.0.0.0' });
  expect(warnings).toEqual([expect.stringContaining('listening on 0.0.0.0: other machines can call')]);
  expect(gateways?.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
});
