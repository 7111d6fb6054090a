/** Uploads, events and the commands about them, as a user meets them. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { behaviour, startFaas, workspace, type RunningFaas } from '../support/faas.ts';

const run = promisify(execFile);
const MAIN = resolve(import.meta.dirname, '../../cli/main.ts');

let place: Awaited<ReturnType<typeof workspace>>;
let app: RunningFaas;
beforeAll(async () => {
  place = await workspace();
  const trigger = (bucket: string) => [{ s3: { bucket, events: ['ObjectCreated:*' as const] } }];
  const functions = {
    'writes-back': {
      source: behaviour('writes-back'),
      memory: 256,
      timeout: '20s',
      triggers: trigger('loop'),
    },
    throws: { source: behaviour('throws'), retries: 0, triggers: trigger('broken') },
    echo: { source: behaviour('echo'), triggers: trigger('twice') },
  };
  app = await startFaas(place.folder, { functions, buckets: ['files'] }, [
    '--driver',
    'process',
    '--chaos',
    'duplicate',
  ]);
});
afterAll(async () => {
  await app.stop();
  await place[Symbol.asyncDispose]();
});

/** `faas …` beside the running runtime. */
async function faas(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [MAIN, ...args], { cwd: place.folder });
  return stdout;
}

const upload = (path: string, body = 'x'): Promise<Response> =>
  fetch(`${app.awsEndpoint}/${path}`, { method: 'PUT', body });

const queue = async (name: string): Promise<{ waiting: unknown[]; dead: { id: number; reason: string }[] }> =>
  JSON.parse(await faas('events', name, '--json'));

describe('faas s3', () => {
  test('copies a file there and back, and lists and removes it', async () => {
    await writeFile(join(place.folder, 'cat.jpg'), 'meow');
    await faas('s3', 'cp', 'cat.jpg', 's3://files/in/');
    expect(JSON.parse(await faas('s3', 'ls', 's3://files/in/', '--json'))).toMatchObject({
      objects: [{ key: 'in/cat.jpg', size: 4 }],
      prefixes: [],
    });
    expect(JSON.parse(await faas('s3', 'ls', 's3://files', '--json'))).toMatchObject({ prefixes: ['in/'] });
    expect(await faas('s3', 'cp', 's3://files/in/cat.jpg', '-')).toBe('meow');
    await faas('s3', 'cp', 's3://files/in/cat.jpg', 's3://files/copy of ü+.jpg');
    await faas('s3', 'cp', 's3://files/copy of ü+.jpg', 'back.jpg');
    expect(await readFile(join(place.folder, 'back.jpg'), 'utf8')).toBe('meow');
    await faas('s3', 'rm', '-r', 's3://files');
    expect(JSON.parse(await faas('s3', 'ls', 's3://files', '--json'))).toEqual({ objects: [], prefixes: [] });
  });

  test('copies folders both ways, and never writes outside of one', async () => {
    await mkdir(join(place.folder, 'site/img'), { recursive: true });
    await writeFile(join(place.folder, 'site/index.html'), '<p>');
    await writeFile(join(place.folder, 'site/img/a.png'), 'png');
    await faas('s3', 'mb', 's3://site');
    await faas('s3', 'cp', '-r', 'site', 's3://site/v1');
    await faas('s3', 'cp', '-r', 's3://site/v1/', 'down');
    expect((await readdir(join(place.folder, 'down'), { recursive: true })).toSorted()).toEqual([
      'img',
      'img/a.png',
      'index.html',
    ]);
    // `%2e%2e`, because fetch resolves plain dots.
    await upload('site/v1/%2e%2e%2f%2e%2e%2fescaped', 'out');
    await expect(faas('s3', 'cp', '-r', 's3://site/v1/', 'down')).rejects.toThrow(
      'names no file in the folder',
    );
    expect(await readdir(place.folder)).not.toContain('escaped');
  });

  test.each([
    ['a bucket that is not there', ['ls', 's3://nowhere'], 1, 'BucketNotFound'],
    ['an object that is not there', ['cp', 's3://files/none', '-'], 1, 'ObjectNotFound'],
    ['two local files', ['cp', 'a', 'b'], 2, 'UsageError'],
    ['too few places', ['cp', 'a'], 2, 'UsageError'],
  ])('says so for %s', async (_, args, code, error) => {
    const failure = await faas('s3', ...args, '--json').then(
      () => undefined,
      (thrown: { code: number; stdout: string }) => thrown,
    );
    expect([failure?.code, JSON.parse(failure?.stdout ?? '{}').error?.code]).toEqual([code, error]);
  });
});

describe('events', () => {
  test('stop when a function calls itself, and the one too many is kept', async () => {
    await upload('loop/0');
    await expect
      .poll(async () => (await queue('writes-back')).dead.map(({ reason }) => reason), { timeout: 60_000 })
      .toContain('loop: 16 invocations in one chain');
    expect(app.stderr()).toMatch(/loop stopped: .*writes-back.* loop\/\d+ .*prefix ''/);
    const record = await app.record((one) => one.function === 'writes-back');
    expect(record).toMatchObject({ s3Requests: 1, s3Bytes: 5 });
  });

  test('that a function fails on are kept, can be delivered again and forgotten', async () => {
    await upload('broken/a');
    await expect
      .poll(async () => (await queue('throws')).dead.length, { timeout: 30_000 })
      .toBeGreaterThan(0);
    const before = app.records.filter((one) => one.function === 'throws').length;
    const [dead] = (await queue('throws')).dead;
    await faas('events', '--deliver', String(dead?.id));
    await expect
      .poll(() => app.records.filter((one) => one.function === 'throws').length, { timeout: 30_000 })
      .toBeGreaterThan(before);
    await expect.poll(async () => (await queue('throws')).waiting, { timeout: 30_000 }).toEqual([]);
    await faas('events', 'throws', '--drop', 'all');
    expect((await queue('throws')).dead).toEqual([]);
  });

  test('come twice now and then under --chaos duplicate', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `twice/${index}`);
    for (const key of keys) await upload(key);
    await expect
      .poll(() => app.records.filter((one) => one.function === 'echo').length, { timeout: 60_000 })
      .toBeGreaterThan(keys.length);
    expect(app.stderr()).toContain('chaos: duplicate');
  });
});
