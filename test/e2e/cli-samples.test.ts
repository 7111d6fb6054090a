/** The sample functions and the demo, on every driver this machine has. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drivers } from '../support/drivers.ts';
import { startFaas, workspace, type RunningFaas } from '../support/faas.ts';

const root = resolve(import.meta.dirname, '../..');
const upload = { bucket: 'photos', events: ['ObjectCreated:*'], prefix: 'in/' };
const config = {
  functions: {
    hello: {
      source: resolve(root, 'functions/hello'),
      triggers: [{ http: 'GET /hello' }, { http: 'GET /hello/:name' }],
    },
    resize: {
      source: resolve(root, 'functions/resize'),
      memory: 512,
      timeout: '30s',
      triggers: [{ s3: upload }],
    },
  },
  buckets: ['photos', 'thumbnails'],
};

/** A picture as someone would upload it: `orientation` 6 is a phone held upright. */
const picture = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 3, background: '#356' } });

describe.each(drivers)('on the %s driver', { timeout: 120_000 }, (driver) => {
  let place: Awaited<ReturnType<typeof workspace>>;
  let runtime: RunningFaas;

  beforeAll(async () => {
    place = await workspace();
    runtime = await startFaas(place.folder, config, ['--driver', driver]);
  }, 120_000);

  afterAll(async () => {
    await runtime.stop();
    await place[Symbol.asyncDispose]();
  }, 30_000);

  async function put(key: string, body: Buffer | string): Promise<void> {
    const url = `${runtime.awsEndpoint}/photos/${key}`;
    const answer = await fetch(url, {
      method: 'PUT',
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    expect(answer.status).toBe(200);
  }

  async function resized(requests: number) {
    await expect
      .poll(() => runtime.records.filter((record) => record.function === 'resize').length, {
        timeout: 60_000,
      })
      .toBe(requests);
    return runtime.records.filter((record) => record.function === 'resize').at(-1);
  }

  test.each([
    ['/hello', 'world'],
    ['/hello/Ada', 'Ada'],
    ['/hello/Zo%C3%AB%20K.', 'Zoë K.'],
    ['/hello/100%25', '100%'],
  ])('GET %s greets %s', async (path, name) => {
    const answer = await fetch(runtime.url + path);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toEqual({ message: `Hello, ${name}!` });
  });

  test('pictures of every format become thumbnails of the same format; what is no picture is refused by name', async () => {
    const cases = [
      ['large.jpg', await picture(1600, 1200).jpeg().toBuffer(), { format: 'jpeg', width: 320, height: 240 }],
      [
        'with space+plus.png',
        await picture(900, 1800).png().toBuffer(),
        { format: 'png', width: 320, height: 640 },
      ],
      ['small.webp', await picture(100, 50).webp().toBuffer(), { format: 'webp', width: 100, height: 50 }],
      [
        'upright.jpeg',
        await picture(800, 400).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
        { format: 'jpeg', width: 320, height: 640 },
      ],
    ] as const;
    let calls = 0;
    for (const [name, body, expected] of cases) {
      await put(`in/${encodeURIComponent(name)}`, body);
      expect(await resized(++calls)).toMatchObject({
        outcome: 'success',
        trigger: { type: 's3', source: 'photos' },
      });
      const thumbnail = await fetch(`${runtime.awsEndpoint}/thumbnails/${encodeURIComponent(name)}`);
      expect(thumbnail.headers.get('content-type')).toBe(`image/${expected.format}`);
      expect(await sharp(await thumbnail.arrayBuffer()).metadata()).toMatchObject(expected);
    }

    await put('in/notes.jpg', 'these are notes, whatever they are called');
    expect(await resized(++calls)).toMatchObject({
      outcome: 'error',
      errorType: 'NotAPicture',
      errorMessage: expect.stringMatching(
        /^in\/notes\.jpg is no picture: expected a JPEG.*found "these are no"/u,
      ),
    });
    expect((await fetch(`${runtime.awsEndpoint}/thumbnails/notes.jpg`)).status).toBe(404);
  });

  test('npm run demo ends with 0 and shows a cold start, a warm call, the thumbnail and the bill', async () => {
    const demo = spawn(process.execPath, ['scripts/demo.ts', '--driver', driver], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1' },
    });
    const [stdout, stderr] = await Promise.all([text(demo.stdout), text(demo.stderr), once(demo, 'close')]);
    expect({ code: demo.exitCode, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/(?:cold|prewarmed) \d+\.\d ms \(sandbox .* \+ init /u);
    expect(stdout).toMatch(/warm, ran /u);
    expect(stdout).toContain('a jpeg of 320 × 240 pixels');
    expect(stdout).toMatch(/^total +3 /mu);
  });
});
