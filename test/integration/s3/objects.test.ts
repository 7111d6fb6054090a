import { describe, expect, test } from 'vitest';
import { errorOf, recordsOf, startEndpoint, triggeredBy } from './endpoint.ts';

const put = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'PUT',
  body,
  headers,
});

test('an object is put, listed, read and deleted, and its events are enqueued', async () => {
  await using endpoint = await startEndpoint({
    functions: [triggeredBy('resize', { events: ['ObjectCreated:*', 'ObjectRemoved:*'], prefix: 'in/' })],
  });
  const answer = await endpoint.fetch('/photos/in/cat.jpg', put('meow'));
  expect(answer.status).toBe(200);
  expect(answer.headers.get('etag')).toBe('"4a4be40c96ac6314e91d93f38043a634"');
  expect(await (await endpoint.fetch('/photos?list-type=2')).text()).toContain('<Key>in/cat.jpg</Key>');
  expect(await (await endpoint.fetch('/photos/in/cat.jpg')).text()).toBe('meow');
  expect((await endpoint.fetch('/photos/in/cat.jpg', { method: 'DELETE' })).status).toBe(204);
  expect((await endpoint.fetch('/photos/in/cat.jpg')).status).toBe(404);
  const records = recordsOf(endpoint.enqueued);
  expect(records.map(({ eventName }) => eventName)).toEqual(['ObjectCreated:Put', 'ObjectRemoved:Delete']);
  expect(records[0].responseElements).toEqual({
    'x-amz-request-id': answer.headers.get('x-amz-request-id'),
    'x-amz-id-2': answer.headers.get('x-amz-id-2'),
  });
  expect(records[0].s3.object).toMatchObject({
    key: 'in/cat.jpg',
    size: 4,
    eTag: '4a4be40c96ac6314e91d93f38043a634',
  });
  expect(records[1].s3.object.sequencer > records[0].s3.object.sequencer).toBe(true);
  await expect.poll(() => endpoint.blobs()).toEqual([]);
});

test('the event waits in the store itself, in the transaction of the object', async () => {
  const failing = { now: false };
  await using endpoint = await startEndpoint({
    functions: [triggeredBy('resize', { events: ['ObjectCreated:*', 'ObjectRemoved:*'] })],
    enqueue() {
      if (failing.now) throw new Error('the queue is broken');
    },
  });
  await endpoint.fetch('/photos/a', put('first'));
  expect(endpoint.store.queue.size()).toBe(1);
  failing.now = true;
  expect(await errorOf(await endpoint.fetch('/photos/a', put('second')))).toBe('500 InternalError');
  expect(await errorOf(await endpoint.fetch('/photos/a', { method: 'DELETE' }))).toBe('500 InternalError');
  expect(await (await endpoint.fetch('/photos/a')).text()).toBe('first');
  expect(endpoint.store.queue.size()).toBe(1);
  expect(await endpoint.blobs()).toHaveLength(1);
});

test('an empty object is an object', async () => {
  await using endpoint = await startEndpoint();
  await endpoint.fetch('/photos/empty', put(''));
  const answer = await endpoint.fetch('/photos/empty');
  expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '0', '']);
  expect(await errorOf(await endpoint.fetch('/photos/empty', { headers: { range: 'bytes=0-0' } }))).toBe(
    '416 InvalidRange',
  );
});

test('headers and metadata come back as they were sent', async () => {
  await using endpoint = await startEndpoint();
  const headers = {
    'content-type': 'image/jpeg',
    'cache-control': 'max-age=1',
    'content-disposition': 'attachment; filename="ä.jpg"'.replace('ä', '\u00e4'),
    'content-language': 'de',
    'content-encoding': 'aws-chunked,gzip',
    'x-amz-meta-camera': 'Leica',
    'x-amz-meta-empty': '',
    'x-amz-storage-class': 'STANDARD_IA',
  };
  await endpoint.fetch('/photos/a', put('x', headers));
  for (const method of ['HEAD', 'GET']) {
    const answer = await endpoint.fetch('/photos/a', { method, headers: { 'accept-encoding': 'identity' } });
    const { 'content-encoding': _, ...same } = headers;
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      ...same,
      'content-encoding': 'gzip',
      'accept-ranges': 'bytes',
      'content-length': '1',
      etag: '"9dd4e461268c8034f5c8564e155c67a6"',
    });
    expect(Date.parse(answer.headers.get('last-modified') ?? '')).not.toBeNaN();
    await answer.bytes().catch(() => undefined);
  }
});

describe('reading', () => {
  const text = 'The quick brown fox';
  test.each([
    ['bytes=4-8', 206, 'quick', 'bytes 4-8/19'],
    ['bytes=-3', 206, 'fox', 'bytes 16-18/19'],
    ['bytes=10-', 206, 'brown fox', 'bytes 10-18/19'],
    ['bytes=0-1,4-5', 200, text, null],
  ])('the range %s', async (range, status, body, contentRange) => {
    await using endpoint = await startEndpoint();
    await endpoint.fetch('/photos/a', put(text));
    const answer = await endpoint.fetch('/photos/a', { headers: { range } });
    expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([
      status,
      body,
      contentRange,
    ]);
  });

  test('a range is ignored when the object is no longer the one it was asked of', async () => {
    await using endpoint = await startEndpoint();
    const etag = (await endpoint.fetch('/photos/a', put(text))).headers.get('etag')!;
    const status = async (ifRange: string) =>
      (await endpoint.fetch('/photos/a', { headers: { range: 'bytes=0-1', 'if-range': ifRange } })).status;
    expect([await status(etag), await status('"other"')]).toEqual([206, 200]);
  });

  test('with conditions answers 304 and 412', async () => {
    await using endpoint = await startEndpoint();
    const etag = (await endpoint.fetch('/photos/a', put(text))).headers.get('etag')!;
    const unchanged = await endpoint.fetch('/photos/a', { headers: { 'if-none-match': etag } });
    expect([unchanged.status, unchanged.headers.get('etag'), await unchanged.text()]).toEqual([
      304,
      etag,
      '',
    ]);
    expect(await errorOf(await endpoint.fetch('/photos/a', { headers: { 'if-match': '"x"' } }))).toBe(
      '412 PreconditionFailed',
    );
  });

  test('a HEAD error has a status and no body', async () => {
    await using endpoint = await startEndpoint();
    const answer = await endpoint.fetch('/photos/none', { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([404, '']);
    expect(answer.headers.get('x-amz-request-id')).toMatch(/^[0-9A-F]{16}$/);
  });

  test('under other headers needs a signature', async () => {
    await using endpoint = await startEndpoint();
    await endpoint.fetch('/photos/a', put(text));
    const answer = await endpoint.fetch('/photos/a?response-content-type=text/html');
    expect(await errorOf(answer)).toBe('400 InvalidRequest');
  });

  test('an object whose file was lost is an error that says so, not a torn answer', async () => {
    await using endpoint = await startEndpoint();
    await endpoint.fetch('/photos/a', put(text));
    await endpoint.removeBlobs();
    expect(await errorOf(await endpoint.fetch('/photos/a'))).toBe('500 InternalError');
  });
});

describe('writing with conditions', () => {
  test('If-None-Match: * lets exactly one of many writers through', async () => {
    await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', {})] });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        endpoint.fetch('/photos/a', put(`writer ${index}`, { 'if-none-match': '*' })),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    // 412 for those that came too late, 409 for those that lost the race: both were sent the same condition.
    expect(answers.filter(({ status }) => status === 412 || status === 409)).toHaveLength(19);
    expect(endpoint.enqueued).toHaveLength(1);
    await expect.poll(() => endpoint.blobs()).toHaveLength(1);
  });

  test.each([
    ['"9dd4e461268c8034f5c8564e155c67a6"', 200],
    ['9dd4e461268c8034f5c8564e155c67a6', 200],
    ['"other"', 412],
  ])('If-Match %s on an existing object is answered %i', async (ifMatch, status) => {
    await using endpoint = await startEndpoint();
    await endpoint.fetch('/photos/a', put('x'));
    expect((await endpoint.fetch('/photos/a', put('y', { 'if-match': ifMatch }))).status).toBe(status);
    expect(await (await endpoint.fetch('/photos/a')).text()).toBe(status === 200 ? 'y' : 'x');
  });

  test('If-Match on a missing object is 404', async () => {
    await using endpoint = await startEndpoint();
    expect(await errorOf(await endpoint.fetch('/photos/a', put('y', { 'if-match': '*' })))).toBe(
      '404 NoSuchKey',
    );
  });
});

describe('copying', () => {
  test('keeps type and metadata, and tells of a copy', async () => {
    await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', { prefix: 'b' })] });
    await endpoint.fetch('/photos/a%20+', put('meow', { 'content-type': 'x/y', 'x-amz-meta-k': 'v' }));
    const answer = await endpoint.fetch('/photos/b', put('', { 'x-amz-copy-source': '/photos/a%20+' }));
    expect(await answer.text()).toContain('<ETag>&quot;4a4be40c96ac6314e91d93f38043a634&quot;</ETag>');
    const copy = await endpoint.fetch('/photos/b');
    expect([await copy.text(), copy.headers.get('content-type'), copy.headers.get('x-amz-meta-k')]).toEqual([
      'meow',
      'x/y',
      'v',
    ]);
    expect(recordsOf(endpoint.enqueued).map(({ eventName }) => eventName)).toEqual(['ObjectCreated:Copy']);
  });

  test('with REPLACE takes the new metadata, also onto itself', async () => {
    await using endpoint = await startEndpoint();
    await endpoint.fetch('/photos/a', put('meow', { 'x-amz-meta-k': 'v' }));
    const headers = {
      'x-amz-copy-source': 'photos/a',
      'x-amz-metadata-directive': 'REPLACE',
      'x-amz-meta-n': 'w',
    };
    expect((await endpoint.fetch('/photos/a', put('', headers))).status).toBe(200);
    const copy = await endpoint.fetch('/photos/a');
    expect([await copy.text(), copy.headers.get('x-amz-meta-k'), copy.headers.get('x-amz-meta-n')]).toEqual([
      'meow',
      null,
      'w',
    ]);
  });

  test.each([
    ['photos/a', {}, '400 InvalidRequest'],
    ['photos/none', {}, '404 NoSuchKey'],
    ['nowhere/a', {}, '404 NoSuchBucket'],
    ['rubbish', {}, '400 InvalidArgument'],
    ['photos/a', { 'x-amz-copy-source-if-match': '"x"' }, '412 PreconditionFailed'],
    ['photos/a', { 'x-amz-metadata-directive': 'MERGE' }, '400 InvalidArgument'],
  ])('from %s onto photos/a with %o is answered %s', async (source, headers, error) => {
    await using endpoint = await startEndpoint();
    await endpoint.fetch('/photos/a', put('meow'));
    expect(
      await errorOf(await endpoint.fetch('/photos/a', put('', { 'x-amz-copy-source': source, ...headers }))),
    ).toBe(error);
    await expect.poll(() => endpoint.blobs()).toHaveLength(1);
  });
});

describe('deleting', () => {
  test('what is not there succeeds and tells nobody', async () => {
    await using endpoint = await startEndpoint({
      functions: [triggeredBy('f', { events: ['ObjectRemoved:*'] })],
    });
    expect((await endpoint.fetch('/photos/none', { method: 'DELETE' })).status).toBe(204);
    expect(endpoint.enqueued).toEqual([]);
  });

  test('many at once gives one event for each that was there', async () => {
    await using endpoint = await startEndpoint({
      functions: [triggeredBy('f', { events: ['ObjectRemoved:*'] })],
    });
    const keys = Array.from({ length: 250 }, (_, index) => `k&${index}`);
    await Promise.all(keys.map((key) => endpoint.fetch(`/photos/${encodeURIComponent(key)}`, put(key))));
    const objects = [...keys, 'none'].map(
      (key) => `<Object><Key>${key.replace('&', '&amp;')}</Key></Object>`,
    );
    const document = `<Delete>${objects.join('')}<Object><Key>k&amp;0</Key><VersionId>v</VersionId></Object></Delete>`;
    const answer = await endpoint.fetch('/photos?delete', { method: 'POST', body: document });
    const xml = await answer.text();
    expect(xml.match(/<Deleted>/g)).toHaveLength(251);
    expect(xml.match(/<Error>.*?<\/Error>/g)).toHaveLength(1);
    expect(endpoint.enqueued).toHaveLength(250);
    await expect.poll(() => endpoint.blobs()).toEqual([]);
  });

  test('quietly names failures only', async () => {
    await using endpoint = await startEndpoint();
    const body = '<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object></Delete>';
    const answer = await endpoint.fetch('/photos?delete', { method: 'POST', body });
    expect(await answer.text()).not.toContain('<Deleted>');
  });

  test.each([
    ['no key', '<Delete><Object/></Delete>'],
    ['nothing', '<Delete></Delete>'],
    ['more than a thousand', `<Delete>${'<Object><Key>a</Key></Object>'.repeat(1001)}</Delete>`],
    ['no XML', 'delete them'],
  ])('a list of %s is refused', async (_name, body) => {
    await using endpoint = await startEndpoint();
    expect(await errorOf(await endpoint.fetch('/photos?delete', { method: 'POST', body }))).toBe(
      '400 MalformedXML',
    );
  });
});

describe('buckets', () => {
  test('are created, told of and deleted when empty', async () => {
    await using endpoint = await startEndpoint({ buckets: [] });
    expect((await endpoint.fetch('/new-bucket', { method: 'PUT' })).headers.get('location')).toBe(
      '/new-bucket',
    );
    expect((await endpoint.fetch('/new-bucket', { method: 'PUT' })).status).toBe(200);
    expect((await endpoint.fetch('/new-bucket', { method: 'HEAD' })).headers.get('x-amz-bucket-region')).toBe(
      'us-east-1',
    );
    expect(await (await endpoint.fetch('/')).text()).toContain('<Name>new-bucket</Name>');
    await endpoint.fetch('/new-bucket/a', put('x'));
    expect(await errorOf(await endpoint.fetch('/new-bucket', { method: 'DELETE' }))).toBe(
      '409 BucketNotEmpty',
    );
    await endpoint.fetch('/new-bucket/a', { method: 'DELETE' });
    expect((await endpoint.fetch('/new-bucket', { method: 'DELETE' })).status).toBe(204);
    expect((await endpoint.fetch('/new-bucket', { method: 'HEAD' })).status).toBe(404);
  });

  test('outside us-east-1 are not created twice', async () => {
    await using endpoint = await startEndpoint({ region: 'eu-west-1' });
    expect(await errorOf(await endpoint.fetch('/photos', { method: 'PUT' }))).toBe(
      '409 BucketAlreadyOwnedByYou',
    );
    expect(await (await endpoint.fetch('/photos?location')).text()).toMatch(
      />eu-west-1<\/LocationConstraint>$/,
    );
  });

  test.each(['ab', 'UPPER', 'a_b', '-ab', '1.2.3.4', 'a..b'])('cannot be named %s', async (name) => {
    await using endpoint = await startEndpoint();
    expect(await errorOf(await endpoint.fetch(`/${name}`, { method: 'PUT' }))).toBe('400 InvalidBucketName');
  });

  test('that triggers name exist as soon as the function is deployed', async () => {
    const deployed = triggeredBy('resize', { bucket: 'from-start' });
    await using endpoint = await startEndpoint({ buckets: [], functions: [deployed] });
    endpoint.events.emit('deployed', triggeredBy('other', { bucket: 'from-deploy' }));
    expect((await (await endpoint.fetch('/')).text()).match(/(?<=<Name>)[\w-]+/g)).toEqual([
      'from-deploy',
      'from-start',
    ]);
  });

  test('are listed in pages', async () => {
    await using endpoint = await startEndpoint({ buckets: ['aaa', 'bbb', 'bcc', 'ccc'] });
    const names = async (query: string) =>
      (await (await endpoint.fetch(`/?${query}`)).text()).match(/(?<=<Name>)\w+/g);
    expect(await names('max-buckets=2')).toEqual(['aaa', 'bbb']);
    expect(await names('max-buckets=2&continuation-token=bbb')).toEqual(['bcc', 'ccc']);
    expect(await names('prefix=b')).toEqual(['bbb', 'bcc']);
  });

  test.each(['GET', 'PUT', 'DELETE', 'HEAD'])('that do not exist: %s is 404', async (method) => {
    await using endpoint = await startEndpoint({ functions: [triggeredBy('f', {})] });
    expect((await endpoint.fetch('/nope/a', { method, ...(method === 'PUT' && { body: 'x' }) })).status).toBe(
      404,
    );
    expect(endpoint.enqueued).toEqual([]);
  });
});
