import { networkInterfaces } from 'node:os';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import type { SandboxIdentity } from '../../../runtime/api.ts';
import { openWire } from './connection.ts';
import { CREDENTIALS, errorOf, startEndpoint, triggeredBy } from './endpoint.ts';

/** An address of this machine that is not loopback, as the bridge of a container engine is. */
const OUTWARD = Object.values(networkInterfaces())
  .flat()
  .find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address;

const client = (endpoint: string, credentials = CREDENTIALS): S3Client =>
  new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 });

const put = new PutObjectCommand({ Bucket: 'photos', Key: 'a', Body: 'x' });

describe('an unsigned request', () => {
  test("from loopback is the owner's", async () => {
    await using endpoint = await startEndpoint();
    expect((await endpoint.fetch('/photos/a', { method: 'PUT', body: 'x' })).status).toBe(200);
  });

  test('is anonymous where the configuration says so, and has no rights', async () => {
    await using endpoint = await startEndpoint({ unsigned: 'acl' });
    expect(await errorOf(await endpoint.fetch('/photos/a', { method: 'PUT', body: 'x' }))).toBe(
      '403 AccessDenied',
    );
    await client(endpoint.url).send(put);
    expect(await errorOf(await endpoint.fetch('/photos/a'))).toBe('403 AccessDenied');
  });

  test.each(['http://evil.example', 'null', 'http://localhost:3000'])(
    'of a page of %s is refused',
    async (origin) => {
      await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', {})] });
      const answer = await endpoint.fetch('/photos/a', { method: 'PUT', body: 'x', headers: { origin } });
      expect(await errorOf(answer)).toBe('403 AccessDenied');
      expect(endpoint.enqueued).toEqual([]);
    },
  );

  test('of a page of the endpoint itself, which is an uploaded object, is refused', async () => {
    await using endpoint = await startEndpoint();
    const answer = await endpoint.fetch('/photos/a', {
      method: 'PUT',
      body: 'x',
      headers: { origin: endpoint.url },
    });
    expect(await errorOf(answer)).toBe('403 AccessDenied');
  });

  test('gets no rights by a preflight, which is about signed requests too', async () => {
    await using endpoint = await startEndpoint();
    const headers = { origin: 'http://evil.example', 'access-control-request-method': 'PUT' };
    const leave = await endpoint.fetch('/photos/a', { method: 'OPTIONS', headers });
    expect([leave.status, leave.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    expect(leave.headers.get('access-control-allow-credentials')).toBeNull();
    const answer = await endpoint.fetch('/photos/a', { method: 'PUT', body: 'x', headers });
    expect(await errorOf(answer)).toBe('403 AccessDenied');
  });
});

describe('a Host', () => {
  const status = async (port: number, host: string): Promise<string | undefined> => {
    await using wire = await openWire(port);
    wire.send(`GET /photos HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return /^HTTP\/1\.1 (\d+)/.exec(await wire.end())?.[1];
  };
  test.each([
    ['localhost', '200'],
    ['127.0.0.1', '200'],
    ['s3.localhost', '200'],
    ['host.docker.internal', '200'],
    ['files.test', '200'],
    ['evil.example', '403'],
    ['localhost.evil.example', '403'],
    ['127.0.0.1.evil.example', '403'],
  ])('named %s is answered %s', async (host, expected) => {
    await using endpoint = await startEndpoint({ allowedHosts: ['files.test'] });
    expect(await status(endpoint.port, `${host}:${endpoint.port}`)).toBe(expected);
  });
});

describe('a sandbox', () => {
  const identity = (currentRequestId: string | null): SandboxIdentity => ({
    accessKeyId: 'FAAS0123456789ABCDEF',
    secretAccessKey: 'of-the-sandbox',
    functionName: 'resize',
    instanceId: 'i1',
    currentRequestId,
  });

  test('is known by its keys, and what it uploads names the invocation it comes from', async () => {
    await using endpoint = await startEndpoint({ functions: [triggeredBy('index', {})] });
    const sandbox = identity('request-1');
    endpoint.identities.set(sandbox.accessKeyId, sandbox);
    await client(endpoint.url, sandbox).send(put);
    expect(endpoint.enqueued[0]).toMatchObject({ parentRequestId: 'request-1', function: 'index' });
    endpoint.identities.clear();
    await expect(client(endpoint.url, sandbox).send(put)).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    });
  });

  test.skipIf(!OUTWARD)(
    "reaches the endpoint at the driver's address, where unsigned requests have no rights",
    async () => {
      await using endpoint = await startEndpoint({ alsoListenOn: OUTWARD! });
      const { sandboxUrl } = endpoint.listening;
      expect(sandboxUrl).toBe(`http://${OUTWARD}:${endpoint.port}`);
      await client(sandboxUrl).send(put);
      expect(await errorOf(await fetch(`${sandboxUrl}/photos/a`))).toBe('403 AccessDenied');
      expect((await endpoint.fetch('/photos/a')).status).toBe(200);
    },
  );

  test.skipIf(!OUTWARD)("gets another port when this one is taken at the driver's address", async () => {
    await using endpoint = await startEndpoint({ alsoListenOn: OUTWARD!, occupied: true });
    expect(endpoint.listening.sandboxUrl).not.toBe(`http://${OUTWARD}:${endpoint.port}`);
    await client(endpoint.listening.sandboxUrl).send(put);
    expect((await endpoint.fetch('/photos/a')).status).toBe(200);
  });
});

test.each(['/2015-03-31/functions/', '/2015-03-31/functions/hello/invocations'])(
  '%s belongs to the Lambda API, and is refused in its notation',
  async (path) => {
    await using endpoint = await startEndpoint();
    const answer = await endpoint.fetch(path, { method: 'POST', body: '{}' });
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([501, 'NotImplemented']);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('faas invoke') });
  },
);
