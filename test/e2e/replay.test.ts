/** Record real calls, change the function, replay: as a user does it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { drivers } from '../support/drivers.ts';
import { startFaas, workspace } from '../support/faas.ts';
import { leftovers, livingLeftovers } from '../support/leftovers.ts';

const MAIN = resolve(import.meta.dirname, '../../cli/main.ts');

async function faas(
  cwd: string,
  ...args: string[]
): Promise<{ code: number; document: Record<string, unknown> }> {
  const run = promisify(execFile)(process.execPath, [MAIN, ...args, '--json'], { cwd });
  const { stdout, code } = await run.then(
    (done) => ({ ...done, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
  return { code, document: JSON.parse(stdout) as Record<string, unknown> };
}

const shop = (price: string): string => `
  export const handler = async (event) => ({
    statusCode: 200,
    body: JSON.stringify({ path: event.rawPath, price: ${price}, at: performance.now(), auth: event.headers.authorization ?? 'none' }),
  });`;

describe.each(drivers)('on the %s driver', (driver) => {
  test('replay tells where the new revision answers otherwise, and leaves nothing behind', async () => {
    await using place = await workspace();
    const source = join(place.folder, 'shop');
    await mkdir(source);
    await writeFile(join(source, 'index.mjs'), shop("event.rawPath.endsWith('b') ? 2 : 1"));
    const running = await startFaas(place.folder, {
      driver,
      functions: { shop: { source: './shop', memory: 256 } },
      record: { events: true },
    });
    const headers = { authorization: 'Bearer s3cret' };
    for (const path of ['a', 'b', 'a']) await fetch(`${running.url}/shop/${path}`, { headers });
    await running.stop();

    const alone = await faas(place.folder, 'replay');
    expect(alone).toMatchObject({ code: 2, document: { error: { code: 'UsageError' } } });

    await writeFile(join(source, 'index.mjs'), shop("event.rawPath.endsWith('b') ? 3 : 1"));
    await faas(place.folder, 'deploy', './shop');
    const { code, document } = await faas(place.folder, 'replay', '--since', '1h');
    expect(code).toBe(1);
    expect(document).toMatchObject({
      function: 'shop',
      events: 3,
      same: 2,
      volatile: ['body.at'],
      different: [{ differences: [{ path: 'body.price', before: 2, after: 3 }] }],
      before: { calls: 6, errors: 0 },
      after: { calls: 3, errors: 0 },
    });
    expect(JSON.stringify(document)).not.toContain('s3cret');

    // Against itself nothing differs.
    const { afterRevision } = document;
    const same = await faas(place.folder, 'replay', '--against', String(afterRevision));
    expect(same).toMatchObject({ code: 0, document: { same: 3, different: [] } });

    expect((await readdir(running.dataDir)).filter((name) => name.includes('scratch'))).toEqual([]);
    expect(leftovers(running.dataDir)).toEqual([]);
  });

  test('what a killed replay leaves is gone after the next start', async () => {
    await using place = await workspace();
    const source = join(place.folder, 'slow');
    await mkdir(source);
    const file = join(source, 'index.mjs');
    await writeFile(file, 'export const handler = async () => 1;');
    const config = {
      driver,
      functions: { slow: { source: './slow', timeout: '5m' } },
      record: { events: true },
    };
    const first = await startFaas(place.folder, config);
    await fetch(`${first.url}/slow`);
    await first.stop();
    await writeFile(
      file,
      'export const handler = () => new Promise((resolve) => setTimeout(resolve, 290_000));',
    );
    await faas(place.folder, 'deploy', './slow');

    const replaying = spawn(process.execPath, [MAIN, 'replay'], { cwd: place.folder, stdio: 'ignore' });
    const scratches = async (): Promise<string[]> =>
      (await readdir(first.dataDir)).filter((name) => name.includes('scratch'));
    const busy = async (): Promise<string[]> =>
      (await scratches()).filter((name) => leftovers(join(first.dataDir, name)).length > 0);
    await vi.waitUntil(async () => (await busy()).length === 2, { timeout: 60_000, interval: 50 });
    const killed = (await scratches()).map((name) => join(first.dataDir, name));
    replaying.kill('SIGKILL');
    await once(replaying, 'exit');

    const next = await startFaas(place.folder, config);
    await vi.waitUntil(async () => (await scratches()).length === 0, { timeout: 60_000, interval: 50 });
    expect(killed.flatMap((folder) => livingLeftovers(folder))).toEqual([]);
    await next.stop();
  });
});
