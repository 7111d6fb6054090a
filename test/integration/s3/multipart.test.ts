import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checksumOf } from '../../../gateway/s3/checksums.ts';
import { errorOf, recordsOf, startEndpoint, triggeredBy } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

const MIB = 1024 * 1024;
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

async function create(endpoint: Endpoint, headers: Record<string, string> = {}, key = 'm'): Promise<string> {
  const answer = await endpoint.fetch(`/photos/${key}?uploads`, { method: 'POST', headers });
  return /<UploadId>(.*?)<\/UploadId>/.exec(await answer.text())?.[1] ?? '';
}

const putPart = (endpoint: Endpoint, id: string, number: number, body: Uint8Array | string, headers = {}) =>
  endpoint.fetch(`/photos/m?partNumber=${number}&uploadId=${id}`, { method: 'PUT', body, headers });

const documentOf = (parts: readonly [number, string][]): string =>
  `<CompleteMultipartUpload>${parts
    .map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>"${etag}"</ETag></Part>`)
    .join('')}</CompleteMultipartUpload>`;

const complete = (endpoint: Endpoint, id: string, parts: readonly [number, string][], headers = {}) =>
  endpoint.fetch(`/photos/m?uploadId=${id}`, { method: 'POST', body: documentOf(parts), headers });

test('parts in any order become one object, with one event', async () => {
  await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', {})] });
  const [first, second, unused] = [randomBytes(5 * MIB), randomBytes(1000), randomBytes(10)];
  const id = await create(endpoint, { 'content-type': 'image/jpeg', 'x-amz-meta-k': 'v' });
  await putPart(endpoint, id, 7, second);
  await putPart(endpoint, id, 2, 'to be replaced');
  await putPart(endpoint, id, 2, first);
  await putPart(endpoint, id, 9, unused);
  expect((await endpoint.fetch('/photos/m')).status).toBe(404);
  expect(endpoint.enqueued).toEqual([]);
  const answer = await complete(endpoint, id, [
    [2, md5(first)],
    [7, md5(second)],
  ]);
  const etag = `${md5(Buffer.from(md5(first) + md5(second), 'hex'))}-2`;
  expect(await answer.text()).toContain(`<ETag>&quot;${etag}&quot;</ETag>`);
  const whole = Buffer.concat([first, second]);
  const object = await endpoint.fetch('/photos/m');
  expect(md5(await object.bytes())).toBe(md5(whole));
  expect([
    object.headers.get('etag'),
    object.headers.get('content-type'),
    object.headers.get('x-amz-meta-k'),
  ]).toEqual([`"${etag}"`, 'image/jpeg', 'v']);
  expect(recordsOf(endpoint.enqueued)).toMatchObject([
    {
      eventName: 'ObjectCreated:CompleteMultipartUpload',
      s3: { object: { eTag: etag, size: whole.length } },
    },
  ]);
  // The part that was replaced and the one that was not chosen are gone.
  await expect.poll(() => endpoint.blobs()).toHaveLength(2);

  const across = await endpoint.fetch('/photos/m', {
    headers: { range: `bytes=${5 * MIB - 10}-${5 * MIB + 9}` },
  });
  expect(md5(await across.bytes())).toBe(md5(whole.subarray(5 * MIB - 10, 5 * MIB + 10)));
  const part = await endpoint.fetch('/photos/m?partNumber=7');
  expect([part.status, part.headers.get('x-amz-mp-parts-count'), md5(await part.bytes())]).toEqual([
    206,
    '2',
    md5(second),
  ]);
  expect(await errorOf(await endpoint.fetch('/photos/m?partNumber=3'))).toBe('416 InvalidPartNumber');
});

test('a completion may be repeated, until the object is replaced', async () => {
  await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', {})] });
  const id = await create(endpoint);
  await putPart(endpoint, id, 1, 'x');
  const parts: [number, string][] = [[1, md5(Buffer.from('x'))]];
  const first = await (await complete(endpoint, id, parts)).text();
  expect(await (await complete(endpoint, id, parts)).text()).toBe(first);
  expect(endpoint.enqueued).toHaveLength(1);
  await endpoint.fetch('/photos/m', { method: 'PUT', body: 'other' });
  expect(await errorOf(await complete(endpoint, id, parts))).toBe('404 NoSuchUpload');
  expect(await errorOf(await putPart(endpoint, id, 2, 'x'))).toBe('404 NoSuchUpload');
});

test('of completions at once one makes the object, and there is one event', async () => {
  await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', {})] });
  const id = await create(endpoint, { 'x-amz-checksum-algorithm': 'CRC32' });
  await putPart(endpoint, id, 1, 'x', {
    'x-amz-checksum-crc32': await checksumOf('CRC32', Buffer.from('x')),
  });
  const parts: [number, string][] = [[1, md5(Buffer.from('x'))]];
  const answers = await Promise.all(Array.from({ length: 10 }, () => complete(endpoint, id, parts)));
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  expect(endpoint.enqueued).toHaveLength(1);
  expect(await (await endpoint.fetch('/photos/m')).text()).toBe('x');
});

test('an upload that is aborted leaves nothing', async () => {
  await using endpoint = await startEndpoint();
  const id = await create(endpoint);
  await putPart(endpoint, id, 1, 'x');
  expect((await endpoint.fetch(`/photos/m?uploadId=${id}`, { method: 'DELETE' })).status).toBe(204);
  await expect.poll(() => endpoint.blobs()).toEqual([]);
  expect(await errorOf(await putPart(endpoint, id, 1, 'x'))).toBe('404 NoSuchUpload');
  expect(await errorOf(await endpoint.fetch(`/photos/m?uploadId=${id}`, { method: 'DELETE' }))).toBe(
    '404 NoSuchUpload',
  );
});

test('a bucket takes its unfinished uploads along', async () => {
  await using endpoint = await startEndpoint();
  const id = await create(endpoint);
  await putPart(endpoint, id, 1, 'x');
  expect((await endpoint.fetch('/photos', { method: 'DELETE' })).status).toBe(204);
  await expect.poll(() => endpoint.blobs()).toEqual([]);
});

describe('a completion is refused, and the upload goes on,', () => {
  const x = md5(Buffer.from('x'));
  test.each<[string, [number, string][], Record<string, string>, string]>([
    ['without parts', [], {}, '400 MalformedXML'],
    ['with a part that is not there', [[3, x]], {}, '400 InvalidPart'],
    ['with another entity tag', [[1, md5(Buffer.from('y'))]], {}, '400 InvalidPart'],
    [
      'in the wrong order',
      [
        [2, x],
        [1, x],
      ],
      {},
      '400 InvalidPartOrder',
    ],
    [
      'with a part twice',
      [
        [1, x],
        [1, x],
      ],
      {},
      '400 InvalidPartOrder',
    ],
    [
      'with a small part before the last',
      [
        [1, x],
        [2, x],
      ],
      {},
      '400 EntityTooSmall',
    ],
    ['of another size than announced', [[1, x]], { 'x-amz-mp-object-size': '2' }, '400 InvalidRequest'],
    ['when the object must not exist', [[1, x]], { 'if-none-match': '*' }, '412 PreconditionFailed'],
  ])('%s', async (_name, parts, headers, error) => {
    await using endpoint = await startEndpoint({
      functions: [triggeredBy('resize', { events: ['ObjectCreated:CompleteMultipartUpload'] })],
    });
    await endpoint.fetch('/photos/m', { method: 'PUT', body: 'there before' });
    const id = await create(endpoint);
    await putPart(endpoint, id, 1, 'x');
    await putPart(endpoint, id, 2, 'x');
    expect(await errorOf(await complete(endpoint, id, parts, headers))).toBe(error);
    expect(await (await endpoint.fetch('/photos/m')).text()).toBe('there before');
    expect(endpoint.enqueued).toEqual([]);
    expect((await complete(endpoint, id, [[1, x]])).status).toBe(200);
  });
});

describe('checksums of parts', () => {
  const [first, second] = [randomBytes(5 * MIB), randomBytes(MIB)];

  async function upload(
    endpoint: Endpoint,
    algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA256',
    type: string,
  ) {
    const id = await create(endpoint, { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type });
    for (const [index, bytes] of [first, second].entries()) {
      const headers = { [`x-amz-checksum-${algorithm.toLowerCase()}`]: await checksumOf(algorithm, bytes) };
      expect((await putPart(endpoint, id, index + 1, bytes, headers)).status).toBe(200);
    }
    return id;
  }

  test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)(
    'of kind %s give that of the whole object',
    async (algorithm) => {
      await using endpoint = await startEndpoint();
      const id = await upload(endpoint, algorithm, 'FULL_OBJECT');
      const name = `x-amz-checksum-${algorithm.toLowerCase()}`;
      const value = await checksumOf(algorithm, Buffer.concat([first, second]));
      const parts: [number, string][] = [
        [1, md5(first)],
        [2, md5(second)],
      ];
      const wrong = await checksumOf(algorithm, first);
      expect(await errorOf(await complete(endpoint, id, parts, { [name]: wrong }))).toBe('400 BadDigest');
      expect((await complete(endpoint, id, parts, { [name]: value })).status).toBe(200);
      const object = await endpoint.fetch('/photos/m', {
        method: 'HEAD',
        headers: { 'x-amz-checksum-mode': 'ENABLED' },
      });
      expect([object.headers.get(name), object.headers.get('x-amz-checksum-type')]).toEqual([
        value,
        'FULL_OBJECT',
      ]);
    },
  );

  test('or a composite one, which is that of the checksums', async () => {
    await using endpoint = await startEndpoint();
    const id = await upload(endpoint, 'SHA256', 'COMPOSITE');
    const digests = await Promise.all([first, second].map((bytes) => checksumOf('SHA256', bytes)));
    const composite = await checksumOf(
      'SHA256',
      Buffer.concat(digests.map((text) => Buffer.from(text, 'base64'))),
    );
    const answer = await complete(endpoint, id, [
      [1, md5(first)],
      [2, md5(second)],
    ]);
    expect(await answer.text()).toContain(`<ChecksumSHA256>${composite}-2</ChecksumSHA256>`);
  });

  test('must be of the algorithm the upload was created with', async () => {
    await using endpoint = await startEndpoint();
    const id = await create(endpoint, { 'x-amz-checksum-algorithm': 'SHA1' });
    const headers = { 'x-amz-checksum-crc32': await checksumOf('CRC32', Buffer.from('x')) };
    expect(await errorOf(await putPart(endpoint, id, 1, 'x', headers))).toBe('400 InvalidRequest');
  });

  test.each([
    ['CRC64NVME', 'COMPOSITE'],
    ['SHA256', 'FULL_OBJECT'],
    ['MD4', 'COMPOSITE'],
  ])('%s cannot be %s', async (algorithm, type) => {
    await using endpoint = await startEndpoint();
    const headers = { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type };
    expect(await errorOf(await endpoint.fetch('/photos/m?uploads', { method: 'POST', headers }))).toBe(
      '400 InvalidRequest',
    );
  });
});

test('a part may be copied from an object, whole or a range of it', async () => {
  await using endpoint = await startEndpoint();
  const source = randomBytes(6 * MIB);
  await endpoint.fetch('/photos/source', { method: 'PUT', body: source });
  const id = await create(endpoint);
  const copy = (number: number, headers: Record<string, string>) =>
    putPart(endpoint, id, number, '', { 'x-amz-copy-source': 'photos/source', ...headers });
  expect(await (await copy(1, {})).text()).toContain(`&quot;${md5(source)}&quot;`);
  expect((await copy(2, { 'x-amz-copy-source-range': 'bytes=10-19' })).status).toBe(200);
  for (const range of ['bytes=10-', 'bytes=-5', '10-19']) {
    expect(await errorOf(await copy(3, { 'x-amz-copy-source-range': range }))).toBe('400 InvalidArgument');
  }
  await complete(endpoint, id, [
    [1, md5(source)],
    [2, md5(source.subarray(10, 20))],
  ]);
  expect(md5(await (await endpoint.fetch('/photos/m')).bytes())).toBe(
    md5(Buffer.concat([source, source.subarray(10, 20)])),
  );
});

test('parts and uploads are listed, in pages', async () => {
  await using endpoint = await startEndpoint();
  const id = await create(endpoint);
  await create(endpoint, {}, 'other');
  for (const number of [3, 1, 2]) await putPart(endpoint, id, number, `part ${number}`);
  const parts = async (query: string) =>
    (await (await endpoint.fetch(`/photos/m?uploadId=${id}&${query}`)).text()).match(
      /(?<=<(?:PartNumber|IsTruncated)>)[^<]+/g,
    );
  expect(await parts('')).toEqual(['false', '1', '2', '3']);
  expect(await parts('max-parts=2')).toEqual(['true', '1', '2']);
  expect(await parts('max-parts=2&part-number-marker=2')).toEqual(['false', '3']);
  const uploads = async (query: string) =>
    (await (await endpoint.fetch(`/photos?uploads&${query}`)).text()).match(
      /(?<=<(?:Key|IsTruncated)>)[^<]+/g,
    );
  expect(await uploads('')).toEqual(['false', 'm', 'other']);
  expect(await uploads('max-uploads=1')).toEqual(['true', 'm']);
  expect(await uploads('key-marker=m')).toEqual(['false', 'other']);
  expect(await uploads('prefix=o')).toEqual(['false', 'other']);
});

test.each(['0', '10001', 'x', ''])('the part number "%s" is refused', async (number) => {
  await using endpoint = await startEndpoint();
  const id = await create(endpoint);
  const answer = await endpoint.fetch(`/photos/m?partNumber=${number}&uploadId=${id}`, {
    method: 'PUT',
    body: 'x',
  });
  expect(await errorOf(answer)).toBe('400 InvalidArgument');
});
