/** The endpoint over TLS: the only way on which some SDKs send their bodies in chunks with trailers. */
import { execFile } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deriveKey, scopeText } from '../../../gateway/aws/canonical.ts';
import { certificateFor } from '../../../gateway/aws/certificate.ts';
import { checksumOf } from '../../../gateway/s3/checksums.ts';
import { frame } from '../../support/aws-chunked-frames.ts';
import { CREDENTIALS, startEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

const run = promisify(execFile);
const works = (program: string, args: string[]): Promise<boolean> =>
  run(program, args).then(
    () => true,
    () => false,
  );
const [hasAws, hasBoto] = await Promise.all([
  works('aws', ['--version']),
  works('python3', ['-c', 'import boto3']),
]);

let endpoint: Endpoint;
let url: URL;
let folder: string;
beforeAll(async () => {
  endpoint = await startEndpoint({ tls: true });
  url = new URL(endpoint.listening.tlsUrl!);
  folder = await mkdtemp(join(tmpdir(), 'faas-tls-'));
});
afterAll(async () => {
  await endpoint[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const environment = () => ({
  PATH: process.env['PATH'],
  HOME: folder,
  AWS_ENDPOINT_URL: url.origin,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_CA_BUNDLE: endpoint.caFile,
  NODE_EXTRA_CA_CERTS: endpoint.caFile,
});

const stored = async (key: string) => {
  const answer = await endpoint.fetch(`/photos/${key}`);
  return { bytes: Buffer.from(await answer.bytes()), encoding: answer.headers.get('content-encoding') };
};

test('the AWS SDK for JavaScript streams in chunks with a trailer, and gets its bytes back', async () => {
  const script = fileURLToPath(new URL('tls-client.ts', import.meta.url));
  const { stdout } = await run(process.execPath, [script, url.origin], { env: environment() });
  expect(JSON.parse(stdout)).toEqual({ equal: true, encoding: null });
  expect(endpoint.payloads).toContain('STREAMING-UNSIGNED-PAYLOAD-TRAILER');
});

test.skipIf(!hasAws)('the aws CLI, where it is installed, copies a file there and back', async () => {
  const bytes = randomBytes(9_000_000);
  await writeFile(join(folder, 'file'), bytes);
  const options = { cwd: folder, env: environment() };
  await run('aws', ['s3', 'cp', 'file', 's3://photos/cli', '--no-progress'], options);
  await run('aws', ['s3', 'cp', 's3://photos/cli', 'back', '--no-progress'], options);
  expect(bytes.equals(await readFile(join(folder, 'back')))).toBe(true);
});

test.skipIf(!hasBoto)('boto3, where it is installed, streams in chunks with a trailer', async () => {
  const seen = endpoint.payloads.length;
  const script = `
import boto3, io
s3 = boto3.client('s3')
data = bytes(range(256)) * 1000
s3.put_object(Bucket='photos', Key='boto', Body=io.BytesIO(data))
answer = s3.get_object(Bucket='photos', Key='boto')
assert answer['Body'].read() == data
assert 'aws-chunked' not in answer.get('ContentEncoding', '')`;
  await run('python3', ['-c', script], { env: environment() });
  expect(endpoint.payloads.slice(seen)).toContain('STREAMING-UNSIGNED-PAYLOAD-TRAILER');
});

describe('an upload in frames', () => {
  const payload = randomBytes(200_000);

  /** Signs as SDKs do; the chunks are chained to the request's own signature. */
  async function upload(key: string, kind: string, trailers?: Record<string, string>): Promise<number> {
    const now = new Date();
    const signer = new SignatureV4({
      service: 's3',
      region: 'us-east-1',
      credentials: CREDENTIALS,
      sha256: Sha256,
      uriEscapePath: false,
      applyChecksum: false,
    });
    const signed = await signer.sign(
      {
        method: 'PUT',
        protocol: 'https:',
        hostname: url.hostname,
        port: Number(url.port),
        path: `/photos/${key}`,
        query: {},
        headers: {
          host: url.host,
          'content-encoding': 'aws-chunked',
          'x-amz-content-sha256': kind,
          'x-amz-decoded-content-length': String(payload.length),
          ...(trailers && { 'x-amz-trailer': Object.keys(trailers).join(',') }),
        },
      },
      { signingDate: now },
    );
    const timestamp = signed.headers['x-amz-date'] ?? '';
    const scope = { date: timestamp.slice(0, 8), region: 'us-east-1', service: 's3' };
    const chain = {
      key: deriveKey(CREDENTIALS.secretAccessKey, scope),
      timestamp,
      scope: scopeText(scope),
      seed: /Signature=(\w+)/.exec(signed.headers['authorization'] ?? '')?.[1] ?? '',
    };
    const body = frame(payload, {
      ...(kind.includes('HMAC') && { chain }),
      ...(trailers && { trailers }),
    });
    const sent = request(`${url.origin}/photos/${key}`, {
      method: 'PUT',
      ca: await readFile(endpoint.caFile!),
      headers: { ...signed.headers, 'content-length': body.length },
    });
    sent.end(body);
    const [answer] = await once(sent, 'response');
    answer.resume();
    return answer.statusCode;
  }

  test.each([
    ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', true],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', false],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', true],
  ])('of the kind %s is stored without them', async (kind, hasTrailer) => {
    const trailers = { 'x-amz-checksum-crc32c': await checksumOf('CRC32C', payload) };
    expect(await upload(kind, kind, hasTrailer ? trailers : undefined)).toBe(200);
    const { bytes, encoding } = await stored(kind);
    expect([payload.equals(bytes), encoding]).toEqual([true, null]);
  });
});

describe('the certificate', () => {
  const made = (names: string[] = [], now = Date.now()) =>
    certificateFor({ tls: true, dataDir: folder, names, now });

  test('is made once, and again when it nears its end or a name is missing', async () => {
    const first = await made();
    expect((await made())?.cert).toBe(first?.cert);
    const named = await made(['faas.test']);
    expect(named?.cert).not.toBe(first?.cert);
    expect((await made(['faas.test']))?.cert).toBe(named?.cert);
    const later = await made(['faas.test'], Date.now() + 800 * 86_400_000);
    expect(later?.cert).not.toBe(named?.cert);
  });

  test('is for loopback, and for buckets below its names', async () => {
    const { cert } = (await made(['faas.test']))!;
    const parsed = new X509Certificate(cert);
    for (const host of ['localhost', 'photos.s3.localhost', 'photos.faas.test']) {
      expect([host, parsed.checkHost(host)]).not.toEqual([host, undefined]);
    }
    expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(parsed.ca).toBe(false);
  });

  test('of the user is read from the files, and a wrong path is told', async () => {
    const made = (await certificateFor({ tls: true, dataDir: folder, names: [], now: Date.now() }))!;
    const tls = { cert: join(folder, 'tls/cert.pem'), key: join(folder, 'tls/key.pem') };
    expect(await certificateFor({ tls, dataDir: folder, names: [], now: 0 })).toEqual({
      cert: made.cert,
      key: made.key,
    });
    const wrong = { ...tls, cert: join(folder, 'none.pem') };
    await expect(certificateFor({ tls: wrong, dataDir: folder, names: [], now: 0 })).rejects.toMatchObject({
      code: 'ConfigInvalid',
    });
  });
});
