import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { recordsOf, startEndpoint, triggeredBy } from './endpoint.ts';

const event = 'ObjectCreated:Put';

test('an event reaches the functions whose triggers fit, without any object', async () => {
  await using endpoint = await startEndpoint({
    functions: [
      triggeredBy('resize', { prefix: 'in/' }),
      triggeredBy('index', {}),
      triggeredBy('other', { prefix: 'x' }),
    ],
  });
  const result = await endpoint.s3.emit({ bucket: 'photos', key: 'in/a b.jpg', event });
  expect(result.stored).toBe(false);
  expect(result.requestIds).toEqual(endpoint.enqueued.map(({ requestId }) => requestId));
  expect(endpoint.enqueued.map((queued) => queued.function)).toEqual(['resize', 'index']);
  expect(recordsOf(endpoint.enqueued)[0].s3.object).toMatchObject({ key: 'in/a+b.jpg', size: 0 });
  expect((await endpoint.fetch('/photos/in/a%20b.jpg')).status).toBe(404);
});

test('an event tells of the object that is there', async () => {
  await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', { prefix: 'none' })] });
  await endpoint.fetch('/photos/a', { method: 'PUT', body: 'meow' });
  await endpoint.s3.emit({ bucket: 'photos', key: 'a', event: 'ObjectCreated:Copy', to: 'resize' });
  expect(recordsOf(endpoint.enqueued)).toMatchObject([
    {
      eventName: 'ObjectCreated:Copy',
      s3: { object: { size: 4, eTag: '4a4be40c96ac6314e91d93f38043a634' } },
    },
  ]);
});

test('with a body the object is stored, and one function can be named', async () => {
  await using endpoint = await startEndpoint({
    functions: [triggeredBy('resize', {}), triggeredBy('index', {})],
  });
  const body = Readable.from([Buffer.from('me'), Buffer.from('ow')]);
  const result = await endpoint.s3.emit({ bucket: 'photos', key: 'a', event, to: 'index', body });
  expect(result).toEqual({ stored: true, requestIds: [endpoint.enqueued[0]?.requestId] });
  expect(endpoint.enqueued.map((queued) => queued.function)).toEqual(['index']);
  expect(await (await endpoint.fetch('/photos/a')).text()).toBe('meow');
});

test('an event that nobody waits for is no error', async () => {
  await using endpoint = await startEndpoint();
  expect(await endpoint.s3.emit({ bucket: 'photos', key: 'a', event })).toEqual({
    stored: false,
    requestIds: [],
  });
});

test('a removal tells neither size nor entity tag', async () => {
  await using endpoint = await startEndpoint({ functions: [triggeredBy('resize', {})] });
  await endpoint.s3.emit({ bucket: 'photos', key: 'a', event: 'ObjectRemoved:Delete', to: 'resize' });
  expect(Object.keys(recordsOf(endpoint.enqueued)[0].s3.object)).toEqual(['key', 'sequencer']);
});

test.each([
  [{ bucket: 'none', key: 'a', event }, 'BucketNotFound'],
  [{ bucket: 'photos', key: 'a', event, to: 'nobody' }, 'FunctionNotFound'],
  [{ bucket: 'photos', key: 'a', event: 'ObjectCreated:*' }, 'UsageError'],
  [{ bucket: 'photos', key: 'a', event: 'ObjectEaten:Put' }, 'UsageError'],
  [{ bucket: 'photos', key: '', event }, 'UsageError'],
  [{ bucket: 'photos', key: 'ü'.repeat(513), event }, 'UsageError'],
])('%o fails with %s', async (request, code) => {
  await using endpoint = await startEndpoint();
  await expect(endpoint.s3.emit(request)).rejects.toMatchObject({ code });
});
