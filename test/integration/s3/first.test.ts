import { expect, test } from 'vitest';
import { recordsOf, startEndpoint, triggeredBy } from './endpoint.ts';

test('an object is put, listed, read and deleted, and its events are enqueued', async () => {
  await using endpoint = await startEndpoint({
    functions: [triggeredBy('resize', { events: ['ObjectCreated:*', 'ObjectRemoved:*'], prefix: 'in/' })],
  });
  const put = await endpoint.fetch('/photos/in/cat.jpg', { method: 'PUT', body: 'meow' });
  expect(put.status).toBe(200);
  expect(await (await endpoint.fetch('/photos?list-type=2')).text()).toContain('<Key>in/cat.jpg</Key>');
  expect(await (await endpoint.fetch('/photos/in/cat.jpg')).text()).toBe('meow');
  expect((await endpoint.fetch('/photos/in/cat.jpg', { method: 'DELETE' })).status).toBe(204);
  expect((await endpoint.fetch('/photos/in/cat.jpg')).status).toBe(404);
  expect(recordsOf(endpoint.enqueued).map((record) => record.eventName)).toEqual([
    'ObjectCreated:Put',
    'ObjectRemoved:Delete',
  ]);
});
