/** `s3.fsync: 'object'`. That the disk really has it only a power cut could show; here: it works, and shares its waits. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDurability } from '../../../gateway/s3/durability.ts';
import { startEndpoint } from './endpoint.ts';

test('uploads of any size, many at once, are answered and read back', async () => {
  await using endpoint = await startEndpoint({ fsync: true });
  const bodies = new Map(
    [0, 1, 1000, 65_536, 65_537, 3_000_000].flatMap((size) =>
      Array.from({ length: 5 }, (_, index) => [`${size}/${index}`, randomBytes(size)] as const),
    ),
  );
  const statuses = await Promise.all(
    Array.from(bodies, async ([key, body]) => {
      const answer = await endpoint.fetch(`/photos/${key}`, { method: 'PUT', body });
      return answer.status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  for (const [key, body] of bodies) {
    const answer = await endpoint.fetch(`/photos/${key}`);
    expect([key, body.equals(await answer.bytes())]).toEqual([key, true]);
  }
  await endpoint.fetch('/photos/1/0', { method: 'DELETE' });
  expect((await endpoint.fetch('/photos/1/0')).status).toBe(404);
});

test('who asks while a flush runs gets one that begins later, together with all others who ask', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'faas-wal-'));
  await writeFile(join(folder, 'log'), 'x');
  const durability = createDurability(join(folder, 'log'));
  const first = durability.flush();
  const [second, third] = [durability.flush(), durability.flush()];
  expect(second).toBe(third);
  expect(second).not.toBe(first);
  await Promise.all([first, second, third]);
  await durability.flush();
  await durability.close();
  await rm(folder, { recursive: true });
});

test('a log that cannot be flushed is an error, not a promise', async () => {
  const durability = createDurability(join(tmpdir(), 'no such folder', 'log'));
  await expect(durability.flush()).rejects.toThrow('ENOENT');
  await durability.close();
});
