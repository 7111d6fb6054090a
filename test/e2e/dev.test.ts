/** `faas dev` as its users run it: saves under load, and a debugger. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { UserConfig } from '../../runtime/index.ts';
import { drivers } from '../support/drivers.ts';
import { startFaas, workspace, type RunningFaas } from '../support/faas.ts';
import { leftovers } from '../support/leftovers.ts';

/** A container that nothing was prewarmed for takes its time. */
const SAVES = { process: 60, docker: 20 };
const CALLERS = 4;

const codeOf = (version: number): string =>
  `export const handler = async () => ({ statusCode: 200, body: '${version}' });\n`;

async function develop(
  config: UserConfig,
  code: Record<string, string>,
  flags: string[],
): Promise<RunningFaas & { save(path: string, code: string): Promise<void> }> {
  const place = await workspace();
  onTestFinished(() => place[Symbol.asyncDispose]());
  const save = async (path: string, text: string): Promise<void> => {
    await mkdir(join(place.folder, path, '..'), { recursive: true });
    await writeFile(join(place.folder, path), text);
  };
  for (const [path, text] of Object.entries(code)) await save(path, text);
  const faas = await startFaas(place.folder, config, flags, 'dev');
  onTestFinished(async () => {
    if (faas.child.exitCode === null) await faas.stop('SIGKILL');
  });
  return { ...faas, save };
}

describe.each(drivers)('on the %s driver', { timeout: 180_000 }, (driver) => {
  const saves = SAVES[driver];

  test(`${saves} saves under load: no call fails, and none gets code older than another got before`, async () => {
    const faas = await develop({ functions: { app: { source: './app' } } }, { 'app/index.js': codeOf(0) }, [
      '--driver',
      driver,
    ]);
    const seen = { newest: 0, stopped: false, answers: 0 };
    const call = async (): Promise<void> => {
      while (!seen.stopped) {
        const newestBefore = seen.newest;
        const response = await fetch(`${faas.url}/app`);
        const version = Number(await response.text());
        expect(response.status).toBe(200);
        expect(version).toBeGreaterThanOrEqual(newestBefore);
        seen.newest = Math.max(seen.newest, version);
        seen.answers += 1;
      }
    };
    const callers = Promise.all(Array.from({ length: CALLERS }, call));
    const deployed = (): number => faas.events.filter(({ event }) => event === 'deployed').length;
    const saveAll = async (): Promise<void> => {
      for (let version = 1; version <= saves; version++) {
        await faas.save('app/index.js', codeOf(version));
        if (version > saves / 2) {
          // Faster than builds and take-overs are.
          await setTimeout(version % 20);
          continue;
        }
        await faas.event(() => deployed() === version);
        const answer = await (await fetch(`${faas.url}/app`)).text();
        expect(Number(answer)).toBe(version);
      }
      while (seen.newest < saves) await setTimeout(1);
      seen.stopped = true;
    };
    await Promise.race([callers, saveAll()]);
    seen.stopped = true;
    await callers;
    expect(seen.newest).toBe(saves);
    expect(seen.answers).toBeGreaterThan(saves);
    expect(faas.events.filter(({ event }) => event !== 'deployed')).toEqual([]);
    await faas.stop();
    expect(leftovers(faas.dataDir)).toEqual([]);
  });

  test('a call that runs finishes on the code it began with', async () => {
    const slow = (version: number): string =>
      `export const handler = async () => {
         console.log('begun');
         await new Promise((done) => setTimeout(done, 400));
         return { statusCode: 200, body: '${version}' };
       };`;
    const faas = await develop({ functions: { app: { source: './app' } } }, { 'app/index.js': slow(1) }, [
      '--driver',
      driver,
    ]);
    const first = fetch(`${faas.url}/app`);
    await untilBusy(faas);
    await faas.save('app/index.js', slow(2));
    await faas.event(({ event }) => event === 'deployed');
    const second = fetch(`${faas.url}/app`);
    expect(await (await first).text()).toBe('1');
    expect(await (await second).text()).toBe('2');
    await faas.stop();
  });

  test('a debugger attaches to the one instance, and time does not pass while it looks', async () => {
    const port = await freePort();
    const faas = await develop(
      { functions: { app: { source: './app', timeout: 0.5 } } },
      { 'app/index.js': codeOf(1).replace('({', '{ debugger; return ({').replace(';\n', ' };\n') },
      ['--driver', driver, '--debug-port', String(port)],
    );
    const inspector = await attach(port);
    const response = fetch(`${faas.url}/app`);
    await inspector.event('Debugger.paused');
    await setTimeout(1000); // twice its maximum duration
    await inspector.send('Debugger.resume');
    expect(await (await response).text()).toBe('1');
    inspector.close();

    await faas.save('app/index.js', codeOf(2));
    await faas.event(({ event }) => event === 'deployed');
    expect(await (await fetch(`${faas.url}/app`)).text()).toBe('2');
    (await attach(port)).close();
    await faas.stop();
    expect(leftovers(faas.dataDir)).toEqual([]);
  });
});

test('what is wrong is printed as an event with its error, and the fix as another', async () => {
  const faas = await develop({ functions: { app: { source: './app' } } }, { 'app/index.js': codeOf(1) }, [
    '--driver',
    'process',
  ]);
  await faas.save('app/index.js', 'export const handler = (');
  expect(await faas.event(({ event }) => event === 'build-failed')).toMatchObject({
    function: 'app',
    files: ['app/index.js'],
    error: { code: 'BuildFailed', message: expect.stringContaining('index.js:1:25') },
  });
  await faas.save('app/index.js', codeOf(2));
  expect(await faas.event(({ event }) => event === 'deployed')).toEqual({
    event: 'deployed',
    function: 'app',
    revision: expect.stringMatching(/^[0-9a-f]{12}$/),
    buildMs: expect.any(Number),
    liveMs: expect.any(Number),
    files: ['app/index.js'],
  });
  expect(await (await fetch(`${faas.url}/app`)).text()).toBe('2');
  await faas.stop();
});

test('a bucket that the configuration names while it runs is there', async () => {
  const functions = { app: { source: './app' } };
  const faas = await develop({ functions }, { 'app/index.js': codeOf(1) }, ['--driver', 'process']);
  await faas.save('faas.config.json', JSON.stringify({ functions, buckets: ['photos'] }));
  await faas.event(({ event }) => event === 'configured');
  expect((await fetch(`${faas.awsEndpoint}/photos`)).status).toBe(200);
  await faas.stop();
});

test('--debug-port is refused when it is not clear for which function', async () => {
  const functions = { app: { source: './app' }, other: { source: './app' } };
  const flags = ['--driver', 'process', '--debug-port', '9229'];
  const failed = develop({ functions }, { 'app/index.js': codeOf(1) }, flags);
  await expect(failed).rejects.toThrow('--debug-port is for one function');
});

async function untilBusy(faas: RunningFaas): Promise<void> {
  for (;;) {
    const { instances }: { instances: { state: string }[] } = JSON.parse(
      await (await faas.admin('/api/instances')).text(),
    );
    if (instances.some(({ state }) => state === 'busy')) return;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

interface Inspector {
  send(method: string): Promise<void>;
  /** Resolves when it has been said, also before. */
  event(method: string): Promise<void>;
  close(): void;
}

/** A debugger, as far as is needed: attaches as soon as there is something to attach to. */
async function attach(port: number): Promise<Inspector> {
  const socket = new WebSocket(await inspectorUrl(port));
  await new Promise((open, failed) => {
    socket.addEventListener('open', open);
    socket.addEventListener('error', failed);
  });
  const heard = new Map<string, PromiseWithResolvers<void>>();
  const about = (what: string): PromiseWithResolvers<void> => {
    const known = heard.get(what) ?? Promise.withResolvers<void>();
    heard.set(what, known);
    return known;
  };
  socket.addEventListener('message', ({ data }) => {
    const { id, method } = JSON.parse(String(data));
    about(method ?? `answer ${id}`).resolve();
  });
  let lastId = 0;
  const send = (method: string): Promise<void> => {
    const id = ++lastId;
    socket.send(JSON.stringify({ id, method }));
    return about(`answer ${id}`).promise;
  };
  await send('Debugger.enable');
  return { send, event: (method) => about(method).promise, close: () => socket.close() };
}

async function inspectorUrl(port: number): Promise<string> {
  for (;;) {
    const listed = await fetch(`http://127.0.0.1:${port}/json/list`)
      .then((response) => response.text())
      .catch(() => '[]');
    const [target]: { webSocketDebuggerUrl: string }[] = JSON.parse(listed);
    if (target) return target.webSocketDebuggerUrl;
    await setTimeout(10);
  }
}
