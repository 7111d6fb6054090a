import { connect } from 'node:net';
import { once } from 'node:events';
import { Hono } from 'hono';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AdminEnv } from '../../../gateway/admin/access.ts';
import { createEventStreams } from '../../../gateway/admin/event-stream.ts';
import type { LogLine } from '../../../runtime/core/types.ts';
import { createScriptedRuntime } from '../http/scripted-runtime.ts';
import { startHarness, type AdminHarness } from './admin-harness.ts';

/** The machine may be busy. */
const PATIENTLY = { timeout: 30_000 };

let harness: AdminHarness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => {
  await harness.close();
});

const logLine = (name: string, line: string): LogLine => ({
  at: 1,
  function: name,
  instance: null,
  requestId: null,
  stream: 'stdout',
  level: null,
  line,
});

/** The events of a stream as `[name, data]`, one at a time. */
async function* read(response: Response): AsyncGenerator<[string, Record<string, unknown>]> {
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (event !== undefined && data !== undefined) yield [event, JSON.parse(data)];
    }
  }
}

async function openStream(query = '') {
  const response = await harness.ask(`/api/events${query}`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events = read(response);
  const next = async () => (await events.next()).value as [string, Record<string, unknown>] | undefined;
  expect(await next()).toEqual(['open', { sessionId: 'session' }]);
  return next;
}

describe('the stream of events', () => {
  it('tells of deploys, calls, log lines and removals as they happen', async () => {
    const next = await openStream();
    harness.runtime.deployScript('a', () => 1);
    expect(await next()).toMatchObject([
      'deployed',
      { name: 'a', triggers: [{ url: 'http://127.0.0.1:4000/a' }] },
    ]);
    await harness.ask('/api/functions/a/invoke', { method: 'POST' });
    expect(await next()).toMatchObject(['record', { function: 'a', outcome: 'success' }]);
    harness.runtime.events.emit('log', logLine('a', 'two\nlines'));
    expect(await next()).toMatchObject(['log', { line: 'two\nlines' }]);
    await harness.runtime.remove('a');
    expect(await next()).toEqual(['removed', { name: 'a' }]);
  });

  it('of one function is silent about the others', async () => {
    const next = await openStream('?function=b');
    harness.runtime.events.emit('log', logLine('a', 'no'));
    harness.runtime.events.emit('log', logLine('b', 'yes'));
    expect(await next()).toMatchObject(['log', { line: 'yes' }]);
  });

  it('leaves no listener behind when its reader goes', async () => {
    const { events } = harness.runtime;
    const before = events.listenerCount('log');
    const abort = new AbortController();
    const response = await harness.ask('/api/events', { signal: abort.signal });
    await read(response)
      .next()
      .then(
        () => undefined,
        () => undefined,
      );
    abort.abort();
    await expect.poll(() => events.listenerCount('log'), PATIENTLY).toBe(before);
  });

  it('ends when the port closes, and does not hold it', async () => {
    const next = await openStream();
    await harness.admin.close({ drainMs: 600_000 });
    expect(await next()).toBeUndefined();
  });
});

describe('a reader', () => {
  const runtime = createScriptedRuntime();

  async function serve(options: { heartbeatMs?: number; maxBufferedBytes?: number }) {
    const streams = createEventStreams(runtime, { url: 'http://x', ...options });
    const app = new Hono<AdminEnv>().get('/', streams.handler);
    const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
    const server = createServer((incoming, outgoing) => void listener(incoming, outgoing)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const address = server.address();
    const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return { socket, close: () => server.close().closeAllConnections() };
  }

  it('that does not read is told so and let go, with a bounded line', async () => {
    const { socket, close } = await serve({ maxBufferedBytes: 100_000 });
    socket.pause();
    await expect.poll(() => runtime.events.listenerCount('log'), PATIENTLY).toBe(1);
    // More than any socket buffer holds.
    for (let sent = 0; sent < 20_000_000 && runtime.events.listenerCount('log') > 0; sent += 1000) {
      runtime.events.emit('log', logLine('a', 'x'.repeat(1000)));
      if (sent % 100_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (received = (received + chunk).slice(-1000)));
    await once(socket.resume(), 'end');
    expect(received).toContain(
      'event: dropped\ndata: {"reason":"this reader fell more than 100000 bytes behind"}',
    );
    expect(runtime.events.listenerCount('log')).toBe(0);
    close();
  });

  it('that has nothing to read gets a sign of life', async () => {
    const { socket, close } = await serve({ heartbeatMs: 5 });
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    await expect.poll(() => received, PATIENTLY).toContain(': still here\n\n');
    close();
  });
});
