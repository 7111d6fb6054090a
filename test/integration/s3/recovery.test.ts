import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueuedEvent } from '../../../runtime/store/store.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordsOf, startEndpoint, triggeredBy } from './endpoint.ts';
import { serveApart } from './served.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'faas-s3-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('objects, buckets and the order of events outlive a restart', async () => {
  const functions = [triggeredBy('resize', {})];
  const first = await startEndpoint({ dataDir, functions });
  await first.fetch('/photos/a', { method: 'PUT', body: 'meow', headers: { 'x-amz-meta-k': 'v' } });
  await first.stop();
  await using second = await startEndpoint({ dataDir, functions, buckets: [] });
  const answer = await second.fetch('/photos/a');
  expect([await answer.text(), answer.headers.get('x-amz-meta-k')]).toEqual(['meow', 'v']);
  await second.fetch('/photos/a', { method: 'PUT', body: 'purr' });
  const [before, after] = [...recordsOf(first.enqueued), ...recordsOf(second.enqueued)];
  expect(after.s3.object.sequencer > before.s3.object.sequencer).toBe(true);
});

test('a start after a kill removes what no object owns, and nothing else', async () => {
  const first = await startEndpoint({ dataDir });
  await first.fetch('/photos/a', { method: 'PUT', body: 'meow' });
  const upload = await (await first.fetch('/photos/m?uploads', { method: 'POST' })).text();
  const id = /<UploadId>(.*?)<\/UploadId>/.exec(upload)?.[1];
  await first.fetch(`/photos/m?partNumber=1&uploadId=${id}`, { method: 'PUT', body: 'part' });
  await first.stop();
  // What only an orderly end leaves.
  await rm(join(dataDir, 'blobs/clean'));
  const owned = await first.blobs();
  await mkdir(join(dataDir, 'blobs/ab'), { recursive: true });
  await writeFile(join(dataDir, 'blobs/ab', `abcd${'0'.repeat(28)}`), 'committed by nobody');
  await writeFile(join(dataDir, 'blobs/tmp', 'f'.repeat(32)), 'half an upload');

  await using second = await startEndpoint({ dataDir });
  await expect.poll(() => second.blobs()).toEqual(owned);
  expect(await (await second.fetch('/photos/a')).text()).toBe('meow');
  const completed = await second.fetch(`/photos/m?uploadId=${id}`, {
    method: 'POST',
    body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${createHash('md5')
      .update('part')
      .digest('hex')}</ETag></Part></CompleteMultipartUpload>`,
  });
  expect(completed.status).toBe(200);
  expect(await (await second.fetch('/photos/m')).text()).toBe('part');
});

test('a start after an orderly end looks at no file', async () => {
  const first = await startEndpoint({ dataDir });
  await first.fetch('/photos/a', { method: 'PUT', body: 'meow' });
  await first.stop();
  expect((await first.blobs()).includes('clean')).toBe(true);
  const stray = join(dataDir, 'blobs/ab', `abcd${'0'.repeat(28)}`);
  await mkdir(join(dataDir, 'blobs/ab'), { recursive: true });
  await writeFile(stray, 'put there by hand');
  const second = await startEndpoint({ dataDir });
  expect((await second.blobs()).includes('clean')).toBe(false);
  await second.stop();
  expect(await second.blobs()).toContain(`abcd${'0'.repeat(28)}`);
});

/**
 * What kill -9 may not take: an object that was acknowledged, its bytes, its event. What it may not leave:
 * half an object, a file of nobody's. Each round overwrites a few keys from several writers and is killed
 * after another number of answers.
 */
test('kill -9 in the middle of uploads loses nothing that was acknowledged', async () => {
  const acknowledged = new Map<string, string[]>();
  const sent = new Map<string, Set<string>>();
  let answers = 0;
  for (let round = 0; round < 5; round++) {
    await using served = await serveApart(dataDir);
    const killAt = answers + 3 + ((round * 7) % 20);
    const killed = Promise.withResolvers<void>();
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      const key = `k${writer}`;
      for (;;) {
        const body = randomBytes(1000 + ((round * 7919 + writer * 104_729) % 200_000));
        const etag = `"${createHash('md5').update(body).digest('hex')}"`;
        sent.set(key, (sent.get(key) ?? new Set()).add(etag));
        const answer = await fetch(`${served.url}/photos/${key}`, { method: 'PUT', body });
        if (answer.status === 200) acknowledged.set(key, [...(acknowledged.get(key) ?? []), etag]);
        answers += 1;
        if (answers >= killAt) killed.resolve();
      }
    });
    // Their connections break when the process is killed.
    const writing = Promise.allSettled(writers);
    await killed.promise;
    await served.kill();
    await writing;

    await using after = await startEndpoint({ dataDir });
    // Not what is due: of one key that is the oldest event alone.
    const events = after.store.database.prepare('SELECT payload FROM queued_events').all();
    const told = new Set(
      recordsOf(events as unknown as QueuedEvent[]).map(({ s3 }) => `${s3.object.key} "${s3.object.eTag}"`),
    );
    for (const [key, etags] of acknowledged) {
      const object = await after.fetch(`/photos/${key}`);
      const etag = object.headers.get('etag') ?? '';
      const hash = createHash('md5')
        .update(await object.bytes())
        .digest('hex');
      expect(etag).toBe(`"${hash}"`);
      // The last one acknowledged, or one that was sent after it and committed just before the kill.
      const later = [...(sent.get(key) ?? [])];
      expect(later.indexOf(etag)).toBeGreaterThanOrEqual(later.indexOf(etags.at(-1) ?? ''));
      for (const each of etags) expect(told).toContain(`${key} ${each}`);
    }
    const referenced = after.store.database.prepare('SELECT blob FROM s3_object_parts ORDER BY blob').all();
    await expect
      .poll(async () => (await after.blobs()).toSorted())
      .toEqual(referenced.map(({ blob }) => String(blob)));
  }
  expect(answers).toBeGreaterThan(20);
}, 180_000);

test('the data directory may not exist yet', async () => {
  await using endpoint = await startEndpoint({ dataDir: join(dataDir, 'new') });
  expect((await endpoint.fetch('/photos')).status).toBe(200);
  await access(join(dataDir, 'new', 'blobs', 'tmp'));
});

test('with fsync an upload is answered as ever', async () => {
  await using endpoint = await startEndpoint({ dataDir, fsync: true });
  await endpoint.fetch('/photos/a', { method: 'PUT', body: 'meow' });
  expect(await (await endpoint.fetch('/photos/a')).text()).toBe('meow');
});
