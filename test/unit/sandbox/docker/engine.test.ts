import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createRawServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compareVersions, probeEngine } from '../../../../runtime/sandbox/docker/engine.ts';

let folder: string;
let socket: string;
const servers: { close(): void }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faas-'));
  socket = join(folder, 'engine.sock');
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true });
});

async function listen(server: Server | ReturnType<typeof createRawServer>): Promise<void> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
}

/** An engine that answers everything with `answer`. */
const answering = (answer: unknown): RequestListener => {
  return (_request, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
};

const probe = (): ReturnType<typeof probeEngine> => probeEngine({ host: `unix://${socket}` }, {});

describe('probing an engine', () => {
  test('tells its version and where it is', async () => {
    await listen(
      createServer(answering({ Version: '27.0.1', ApiVersion: '1.46', Arch: 'amd64', Os: 'linux' })),
    );
    expect(await probe()).toMatchObject({
      ok: true,
      version: '27.0.1',
      apiVersion: '1.46',
      url: `unix://${socket}`,
    });
  });

  test('costs no description of all that the connection holds, which docker-modem has made of each request', async () => {
    await listen(
      createServer(answering({ Version: '27.0.1', ApiVersion: '1.46', Arch: 'amd64', Os: 'linux' })),
    );
    const probed = await probe();
    if (!probed.ok) throw probed.error;
    expect(inspect(Reflect.get(probed.engine.docker.modem, 'agent'), { showHidden: true, depth: null })).toBe(
      'Agent',
    );
  });

  test('that is not there says how to get one', async () => {
    expect(await probe()).toMatchObject({
      ok: false,
      error: {
        code: 'EngineUnavailable',
        got: expect.stringContaining('ENOENT'),
        remedy: expect.stringContaining('--driver process'),
      },
    });
  });

  test('that refuses is unavailable', async () => {
    expect(await probeEngine({ host: 'tcp://127.0.0.1:9' }, {})).toMatchObject({
      ok: false,
      error: { code: 'EngineUnavailable', got: expect.stringContaining('ECONNREFUSED') },
    });
  });

  test('that accepts and never answers is given up', async () => {
    await listen(createRawServer(() => undefined));
    expect(await probe()).toMatchObject({
      ok: false,
      error: { code: 'EngineUnavailable', got: 'no answer within 2 s' },
    });
  });

  test('that is too old is named with what is needed', async () => {
    await listen(createServer(answering({ Version: '18.06', ApiVersion: '1.38' })));
    expect(await probe()).toMatchObject({
      ok: false,
      error: {
        code: 'EngineTooOld',
        expected: expect.stringContaining('1.40'),
        got: expect.stringContaining('1.38'),
      },
    });
  });

  test('that runs Windows containers is of no use', async () => {
    await listen(
      createServer(answering({ Version: '27.0.1', ApiVersion: '1.46', Arch: 'amd64', Os: 'windows' })),
    );
    expect(await probe()).toMatchObject({
      ok: false,
      error: {
        code: 'EngineUnavailable',
        got: 'windows',
        remedy: expect.stringContaining('Linux containers'),
      },
    });
  });

  test.skipIf(process.getuid?.() === 0)(
    'whose socket may not be opened names the group to join',
    async () => {
      await listen(createServer(answering({})));
      await chmod(socket, 0o000);
      expect(await probe()).toMatchObject({
        ok: false,
        error: { code: 'EnginePermissionDenied', remedy: expect.stringContaining('usermod -aG docker') },
      });
    },
  );

  test('that something else answers for is unavailable', async () => {
    await listen(createServer((_request, response) => response.writeHead(404).end('not here')));
    expect(await probe()).toMatchObject({ ok: false, error: { code: 'EngineUnavailable' } });
  });
});

test.each([
  ['1.40', '1.40', 0],
  ['1.9', '1.40', -1],
  ['1.41', '1.40', 1],
  ['2.0', '1.40', 1],
])('API %s against %s', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});
