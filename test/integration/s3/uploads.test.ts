import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../gateway/s3/checksums.ts';
import { frame } from '../../support/aws-chunked-frames.ts';
import { errorOf, recordsOf, startEndpoint, triggeredBy } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { serveApart } from './served.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const put = (endpoint: Endpoint, body: Uint8Array | string, headers: Record<string, string>, key = 'a') =>
  endpoint.fetch(`/photos/${key}`, { method: 'PUT', body, headers });

/** The headers of an upload in frames with a trailer, as the SDKs send them. */
const framed = (length: number, trailer: string): Record<string, string> => ({
  'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'x-amz-decoded-content-length': String(length),
  'x-amz-trailer': trailer,
  'content-encoding': 'aws-chunked',
});

async function expectNothingStored(endpoint: Endpoint): Promise<void> {
  expect((await endpoint.fetch('/photos/a')).status).toBe(404);
  await expect.poll(() => endpoint.blobs()).toEqual([]);
  expect(endpoint.enqueued).toEqual([]);
}

describe.each(CHECKSUM_ALGORITHMS)('%s', (algorithm) => {
  const name = `x-amz-checksum-${algorithm.toLowerCase()}`;
  const payload = randomBytes(200_000);

  test('in a trailer is verified, kept and told again', async () => {
    await using endpoint = await startEndpoint();
    const value = await checksumOf(algorithm, payload);
    const answer = await put(
      endpoint,
      frame(payload, { trailers: { [name]: value } }),
      framed(payload.length, name),
    );
    expect([answer.status, answer.headers.get(name), answer.headers.get('x-amz-checksum-type')]).toEqual([
      200,
      value,
      'FULL_OBJECT',
    ]);
    const plain = await endpoint.fetch('/photos/a');
    expect([
      sha256(await plain.bytes()),
      plain.headers.get('content-encoding'),
      plain.headers.get(name),
    ]).toEqual([sha256(payload), null, null]);
    const asked = await endpoint.fetch('/photos/a', {
      method: 'HEAD',
      headers: { 'x-amz-checksum-mode': 'ENABLED' },
    });
    expect(asked.headers.get(name)).toBe(value);
  });

  test('that is wrong, in a trailer or a header, refuses the upload', async () => {
    await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', {})] });
    const wrong = await checksumOf(algorithm, Buffer.from('something else'));
    const inTrailer = frame(payload, { trailers: { [name]: wrong } });
    expect(await errorOf(await put(endpoint, inTrailer, framed(payload.length, name)))).toBe('400 BadDigest');
    expect(await errorOf(await put(endpoint, payload, { [name]: wrong }))).toBe('400 BadDigest');
    expect(await errorOf(await put(endpoint, payload, { [name]: 'rubbish' }))).toBe('400 InvalidRequest');
    await expectNothingStored(endpoint);
  });
});

describe('refused, leaving nothing', () => {
  const payload = Buffer.from('hello');
  const crc = 'NhCmhg==';
  const md5 = createHash('md5').update(payload).digest('base64');
  const trailer = frame(payload, { trailers: { 'x-amz-checksum-crc32': crc } });

  test.each<[string, Buffer, Record<string, string>, string]>([
    ['a wrong Content-MD5', payload, { 'content-md5': createHash('md5').digest('base64') }, '400 BadDigest'],
    ['a malformed Content-MD5', payload, { 'content-md5': md5.slice(4) }, '400 InvalidDigest'],
    [
      'two checksums',
      payload,
      { 'x-amz-checksum-crc32': crc, 'x-amz-checksum-sha1': 'x' },
      '400 InvalidRequest',
    ],
    [
      'a checksum in both header and trailer',
      trailer,
      { ...framed(5, 'x-amz-checksum-crc32'), 'x-amz-checksum-crc32': crc },
      '400 InvalidRequest',
    ],
    [
      'a trailer that was announced and does not come',
      frame(payload, { trailers: {} }),
      framed(5, 'x-amz-checksum-crc32'),
      '400 MalformedTrailerError',
    ],
    ['a trailer of a kind nobody knows', trailer, framed(5, 'x-amz-checksum-crc99'), '400 InvalidRequest'],
    [
      'an algorithm that is announced but not sent',
      payload,
      { 'x-amz-sdk-checksum-algorithm': 'CRC32' },
      '400 InvalidRequest',
    ],
    [
      'an algorithm other than the one sent',
      payload,
      { 'x-amz-sdk-checksum-algorithm': 'SHA1', 'x-amz-checksum-crc32': crc },
      '400 InvalidRequest',
    ],
    ['a decoded length that is too long', trailer, framed(6, 'x-amz-checksum-crc32'), '400 IncompleteBody'],
    ['a decoded length that is too short', trailer, framed(4, 'x-amz-checksum-crc32'), '400 IncompleteBody'],
    [
      'frames without a decoded length',
      trailer,
      { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' },
      '411 MissingContentLength',
    ],
    [
      'frames that are none',
      Buffer.from('hello\r\n'),
      framed(5, 'x-amz-checksum-crc32'),
      '400 InvalidRequest',
    ],
    ['frames without end', trailer.subarray(0, 8), framed(5, 'x-amz-checksum-crc32'), '400 IncompleteBody'],
    ['a wrong sha256', payload, { 'x-amz-content-sha256': 'a'.repeat(64) }, '400 XAmzContentSHA256Mismatch'],
    ['a malformed sha256', payload, { 'x-amz-content-sha256': 'hello' }, '400 InvalidArgument'],
    [
      'signed chunks of an unsigned request',
      payload,
      { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
      '403 AccessDenied',
    ],
    [
      'chunks signed with elliptic curves',
      payload,
      { 'x-amz-content-sha256': 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' },
      '501 NotImplemented',
    ],
    ['more than 5 GiB', trailer, framed(5 * 1024 ** 3 + 1, 'x-amz-checksum-crc32'), '400 EntityTooLarge'],
    ['too much metadata', payload, { 'x-amz-meta-a': 'x'.repeat(3000) }, '400 MetadataTooLarge'],
    ['an unknown canned ACL', payload, { 'x-amz-acl': 'for-friends' }, '400 InvalidArgument'],
  ])('%s', async (_name, body, headers, error) => {
    await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', {})] });
    expect(await errorOf(await put(endpoint, body, headers))).toBe(error);
    await expectNothingStored(endpoint);
  });
});

test('a right Content-MD5 and sha256 are accepted together', async () => {
  await using endpoint = await startEndpoint();
  const body = Buffer.from('hello');
  const headers = {
    'content-md5': createHash('md5').update(body).digest('base64'),
    'x-amz-content-sha256': sha256(body),
  };
  expect((await put(endpoint, body, headers)).status).toBe(200);
});

test('a hundred uploads at once are all intact, and each has its event', async () => {
  await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', {})] });
  const bodies = Array.from({ length: 100 }, () => randomBytes(300_000));
  const answers = await Promise.all(bodies.map((body, index) => put(endpoint, body, {}, `k${index}`)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  for (const [index, body] of bodies.entries()) {
    expect(sha256(await (await endpoint.fetch(`/photos/k${index}`)).bytes())).toBe(sha256(body));
  }
  const keys = recordsOf(endpoint.enqueued).map(({ s3 }) => s3.object.key);
  expect(new Set(keys).size).toBe(100);
  const sequencers: string[] = recordsOf(endpoint.enqueued).map(({ s3 }) => s3.object.sequencer);
  expect(sequencers).toEqual(sequencers.toSorted());
});

test('an object that is replaced and deleted while it is read is read as it was', async () => {
  await using endpoint = await startEndpoint();
  const before = randomBytes(30_000_000);
  await put(endpoint, before, {});
  const reading = await endpoint.fetch('/photos/a');
  const reader = reading.body!.getReader();
  const first = await reader.read();
  await put(endpoint, 'something else', {});
  await endpoint.fetch('/photos/a', { method: 'DELETE' });
  const hash = createHash('sha256').update(first.value ?? '');
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) hash.update(chunk.value);
  expect(hash.digest('hex')).toBe(sha256(before));
  await expect.poll(() => endpoint.blobs()).toEqual([]);
});

test('writers of one key leave one of their objects whole, and one file', async () => {
  await using endpoint = await startEndpoint();
  const bodies = Array.from({ length: 20 }, () => randomBytes(200_000));
  await Promise.all(bodies.map((body) => put(endpoint, body, {})));
  const left = sha256(await (await endpoint.fetch('/photos/a')).bytes());
  expect(bodies.map(sha256)).toContain(left);
  await expect.poll(() => endpoint.blobs()).toHaveLength(1);
});

test('uploads and downloads take little memory, however large they are', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'faas-s3-'));
  await using served = await serveApart(dataDir);
  await fetch(`${served.url}/photos/small`, { method: 'PUT', body: Buffer.alloc(5_000_000) });
  const before = await served.maxRssMb();
  const chunk = Buffer.alloc(1024 * 1024, 7);
  const sending = request(`${served.url}/photos/large`, { method: 'PUT' });
  await pipeline(Readable.from(Array.from({ length: 250 }, () => chunk)), sending);
  const [answer] = await once(sending, 'response');
  expect(answer.statusCode).toBe(200);
  const reading = await fetch(`${served.url}/photos/large`);
  let size = 0;
  for await (const bytes of reading.body!) size += bytes.length;
  expect(size).toBe(250 * chunk.length);
  expect((await served.maxRssMb()) - before).toBeLessThan(120);
  await rm(dataDir, { recursive: true });
});
