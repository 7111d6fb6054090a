import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DetachedBody } from '../../../../runtime/core/types.ts';
import { encodeFrame, FrameDecoder } from '../../../../runtime/sandbox/channel/frames.ts';
import { listenFramed, type FramedListener } from '../../../../runtime/sandbox/channel/framed.ts';
import type { SandboxMessage } from '../../../../runtime/sandbox/channel/messages.ts';

const say = (socket: Socket, message: SandboxMessage | object, payload?: Uint8Array): void => {
  for (const chunk of encodeFrame(message, payload)) socket.write(chunk);
};

describe('a channel over a unix socket', () => {
  let folder: string;
  let path: string;
  let listener: FramedListener;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'faas-'));
    path = join(folder, 'c.sock');
    listener = await listenFramed({ path });
  });
  afterEach(async () => {
    listener.close();
    await rm(folder, { recursive: true });
  });

  test('carries messages both ways, and keeps those that came before someone listened', async () => {
    const { channel } = listener;
    const socket = createConnection(path);
    say(socket, { type: 'ready', nodeVersion: 'v24' });
    say(socket, { type: 'log', requestId: null, stream: 'stdout', level: null }, Buffer.from('early'));
    await channel.ready;
    const received: [string, string][] = [];
    const twoReceived = new Promise<void>((resolve) => {
      channel.onMessage = ({ type }, payload) => {
        received.push([type, payload.toString()]);
        if (received.length === 2) resolve();
      };
    });
    say(socket, { type: 'initialized' });
    await twoReceived;
    expect(received).toEqual([
      ['log', 'early'],
      ['initialized', ''],
    ]);

    const payload = Buffer.alloc(100_000, 'x');
    channel.send({ type: 'invoke', requestId: 'r', deadlineMs: 1 }, payload);
    const decoder = new FrameDecoder();
    for await (const chunk of socket) {
      const [frame] = decoder.push(chunk as Buffer);
      if (!frame) continue;
      expect(frame.header).toEqual({ type: 'invoke', requestId: 'r', deadlineMs: 1 });
      expect(Buffer.concat(frame.payload).equals(payload)).toBe(true);
      break;
    }
  });

  test('tells when a detached body has been sent, and not before', async () => {
    const { channel } = listener;
    const socket = createConnection(path);
    say(socket, { type: 'ready', nodeVersion: 'v24' });
    await channel.ready;
    const body: DetachedBody = { chunks: [Buffer.alloc(3_000_000, 1), Buffer.alloc(10, 2)], jsonBytes: 0 };
    const message = { type: 'invoke', requestId: 'r', deadlineMs: 1, bodyBytes: 3_000_010 } as const;
    channel.send(message, Buffer.from('{}'), body);
    await setImmediate();
    expect(body.isSent).toBeUndefined(); // nobody reads

    let bytes = 0;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    await vi.waitUntil(() => body.isSent);
    await vi.waitUntil(() => bytes > 3_000_012);
    socket.destroy();
  });

  test('belongs to the first that connects; its file is gone then', async () => {
    const first = createConnection(path);
    say(first, { type: 'ready', nodeVersion: 'v24' });
    await listener.channel.ready;
    expect(existsSync(path)).toBe(false);
    const second = createConnection(path);
    const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/ENOENT|ECONNREFUSED/);
    first.destroy();
    await listener.channel.closed;
  });

  test.each([
    ['a frame that is none', Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])],
    ['a message that is none', encodeFrame({ type: 'surprise' })[0]!],
  ])('is closed by %s', async (_name, bytes) => {
    const socket = createConnection(path);
    say(socket, { type: 'ready', nodeVersion: 'v24' });
    await listener.channel.ready;
    socket.write(bytes);
    await Promise.all([listener.channel.closed, once(socket, 'close')]);
    expect(listener.channel.failure).toBeInstanceOf(Error);
    listener.channel.send({ type: 'invoke', requestId: 'r', deadlineMs: 1 });
  });

  test('is never ready when the other end hangs up before', async () => {
    createConnection(path).end();
    await expect(listener.channel.ready).rejects.toMatchObject({ code: 'SandboxStartFailed' });
    await listener.channel.closed;
  });

  test('is never ready when it is closed before anyone came', async () => {
    listener.close();
    listener.close();
    await expect(listener.channel.ready).rejects.toMatchObject({ code: 'SandboxStartFailed' });
    await listener.channel.closed;
    expect(existsSync(path)).toBe(false);
  });

  test('cannot be where another listens already', async () => {
    await expect(listenFramed({ path })).rejects.toMatchObject({ code: 'SandboxStartFailed' });
  });
});

describe('a channel over TCP', () => {
  test('belongs to the first that knows the nonce', async () => {
    const listener = await listenFramed({
      host: '127.0.0.1',
      port: 0,
      nonce: 'n'.repeat(32),
    });
    const { channel, port } = listener;
    expect(port).toBeGreaterThan(0);
    const connect = (): Socket => createConnection({ host: '127.0.0.1', port: port ?? 0 });
    const strangers = [connect(), connect(), connect()];
    const closed = strangers.map((socket) => once(socket, 'close'));
    say(strangers[0]!, { type: 'ready', nodeVersion: 'v24' });
    say(strangers[1]!, { type: 'hello', nonce: 'm'.repeat(32) });
    await Promise.all(closed.slice(0, 2));

    const friend = connect();
    say(friend, { type: 'hello', nonce: 'n'.repeat(32) });
    say(friend, { type: 'ready', nodeVersion: 'v24' });
    await channel.ready;
    await closed[2];
    listener.close();
    await channel.closed;
  });
});
