/** The clients people use, with their default settings. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHECKSUM_ALGORITHMS } from '../../../gateway/s3/checksums.ts';
import { CREDENTIALS, errorOf, recordsOf, startEndpoint, triggeredBy } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

const run = promisify(execFile);
const isInstalled = (program: string): Promise<boolean> =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );
const [hasCurl, hasAws] = await Promise.all([isInstalled('curl'), isInstalled('aws')]);

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const LARGE = randomBytes(12_000_000);

let endpoint: Endpoint;
let folder: string;
beforeAll(async () => {
  endpoint = await startEndpoint({ functions: [triggeredBy('resize', {})] });
  folder = await mkdtemp(join(tmpdir(), 'faas-s3-clients-'));
  await writeFile(join(folder, 'large'), LARGE);
});
afterAll(async () => {
  await endpoint[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const file = () => createReadStream(join(folder, 'large'));

describe('the AWS SDK for JavaScript', () => {
  const client = () =>
    new S3Client({ endpoint: endpoint.url, region: 'us-east-1', credentials: CREDENTIALS });
  const get = async (Key: string) => {
    const object = await client().send(new GetObjectCommand({ Bucket: 'photos', Key }));
    return { ...object, bytes: await object.Body!.transformToByteArray() };
  };

  test.each(['a b+c/ü.txt', "!'()*~", 'a//b/../c', '😀', 'a%2Fb', ' ', '.'])(
    'puts and gets the key "%s"',
    async (Key) => {
      const put = new PutObjectCommand({ Bucket: 'photos', Key, Body: Key, Metadata: { Foo: 'bar' } });
      expect((await client().send(put)).ChecksumCRC32).toBeTruthy();
      const object = await get(Key);
      expect([Buffer.from(object.bytes).toString(), object.Metadata]).toEqual([Key, { foo: 'bar' }]);
      const [record] = recordsOf(endpoint.enqueued.slice(-1));
      expect(decodeURIComponent(record.s3.object.key.replaceAll('+', ' '))).toBe(Key);
    },
  );

  test.each(CHECKSUM_ALGORITHMS)('streams with a %s in the trailer', async (ChecksumAlgorithm) => {
    const put = {
      Bucket: 'photos',
      Key: ChecksumAlgorithm,
      Body: file(),
      ContentLength: LARGE.length,
      ChecksumAlgorithm,
    };
    await client().send(new PutObjectCommand(put));
    // The SDK verifies what it gets, too.
    expect(sha256((await get(ChecksumAlgorithm)).bytes)).toBe(sha256(LARGE));
  });

  test.each(CHECKSUM_ALGORITHMS)('uploads in parts with %s', async (ChecksumAlgorithm) => {
    const Key = `parts-${ChecksumAlgorithm}`;
    const params = { Bucket: 'photos', Key, Body: file(), ChecksumAlgorithm };
    const result = await new Upload({ client: client(), params }).done();
    expect(result.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    expect(sha256((await get(Key)).bytes)).toBe(sha256(LARGE));
  });

  test('uploads without any checksum when told so', async () => {
    const plain = new S3Client({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: CREDENTIALS,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    await plain.send(
      new PutObjectCommand({ Bucket: 'photos', Key: 'plain', Body: file(), ContentLength: LARGE.length }),
    );
    expect(sha256((await get('plain')).bytes)).toBe(sha256(LARGE));
  });

  test('copies, lists and deletes', async () => {
    await client().send(new PutObjectCommand({ Bucket: 'photos', Key: 'list/one', Body: '1' }));
    await client().send(
      new CopyObjectCommand({ Bucket: 'photos', Key: 'list/two & <3>', CopySource: 'photos/list/one' }),
    );
    const keys: string[] = [];
    for await (const page of paginateListObjectsV2(
      { client: client(), pageSize: 1 },
      { Bucket: 'photos', Prefix: 'list/' },
    )) {
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    }
    expect(keys).toEqual(['list/one', 'list/two & <3>']);
    const Delete = { Objects: keys.map((Key) => ({ Key })) };
    const { Deleted } = await client().send(new DeleteObjectsCommand({ Bucket: 'photos', Delete }));
    expect(Deleted?.map(({ Key }) => Key)).toEqual(keys);
  });

  test('recognises errors', async () => {
    const missing = { Bucket: 'photos', Key: 'missing' };
    await expect(client().send(new GetObjectCommand(missing))).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(client().send(new HeadObjectCommand(missing))).rejects.toMatchObject({ name: 'NotFound' });
    const wrong = new S3Client({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { ...CREDENTIALS, secretAccessKey: 'wrong' },
    });
    await expect(wrong.send(new PutObjectCommand({ ...missing, Body: LARGE }))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
  });

  test('presigns uploads and downloads that anyone can make, but not alter', async () => {
    const put = new PutObjectCommand({
      Bucket: 'photos',
      Key: 'pre signed!(1).txt',
      ContentType: 'text/plain',
    });
    const url = await getSignedUrl(client(), put, { expiresIn: 60 });
    const init = {
      method: 'PUT',
      body: 'hello',
      headers: { 'content-type': 'text/plain', origin: 'http://a.page' },
    };
    expect((await fetch(url, init)).status).toBe(200);
    const get = new GetObjectCommand({
      Bucket: 'photos',
      Key: 'pre signed!(1).txt',
      ResponseContentType: 'x/y',
    });
    const readable = await getSignedUrl(client(), get, { expiresIn: 60 });
    const answer = await fetch(readable);
    expect([await answer.text(), answer.headers.get('content-type')]).toEqual(['hello', 'x/y']);
    expect(await errorOf(await fetch(readable, { method: 'DELETE' }))).toBe('403 SignatureDoesNotMatch');
    expect(await errorOf(await fetch(readable.replace('x%2Fy', 'text%2Fhtml')))).toBe(
      '403 SignatureDoesNotMatch',
    );
  });
});

test.skipIf(!hasCurl)('curl -T, where it is installed, uploads a file', async () => {
  await run('curl', ['-sS', '--fail', '-T', join(folder, 'large'), `${endpoint.url}/photos/in/cat.jpg`]);
  expect(sha256(await (await endpoint.fetch('/photos/in/cat.jpg')).bytes())).toBe(sha256(LARGE));
});

describe.skipIf(!hasAws)('the aws CLI, where it is installed', () => {
  const aws = (...args: string[]) =>
    run('aws', args, {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        AWS_ENDPOINT_URL: endpoint.url,
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
      },
    });

  test('copies a file there, lists it, copies it back and deletes it', async () => {
    await aws('s3', 'mb', 's3://cli-bucket');
    await aws('s3', 'cp', 'large', 's3://cli-bucket/in/ä +.jpg', '--no-progress');
    expect((await aws('s3', 'ls', 's3://cli-bucket', '--recursive')).stdout).toMatch(
      /12000000 in\/ä \+\.jpg/,
    );
    await aws('s3', 'cp', 's3://cli-bucket/in/ä +.jpg', 's3://cli-bucket/copy', '--no-progress');
    await aws('s3', 'cp', 's3://cli-bucket/copy', 'back', '--no-progress');
    expect(sha256(await readFile(join(folder, 'back')))).toBe(sha256(LARGE));
    await aws('s3', 'rb', 's3://cli-bucket', '--force');
    expect((await aws('s3', 'ls')).stdout).not.toContain('cli-bucket');
  });

  test('presigns, in the version of the signature it chooses', async () => {
    await endpoint.fetch('/photos/presigned', { method: 'PUT', body: 'hello' });
    const url = (await aws('s3', 'presign', 's3://photos/presigned')).stdout.trim();
    expect(await (await fetch(url)).text()).toBe('hello');
    expect(await errorOf(await fetch(url.replace('presigned', 'plain')))).toBe('403 SignatureDoesNotMatch');
    expect(await errorOf(await fetch(url.replace(/Expires=\d+/, 'Expires=1')))).toBe('403 AccessDenied');
  });
});
