/** What is said of work that a handler left pending, and what is not. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useSubjects } from './subject.ts';

const { running } = useSubjects();

let server: Server;
let event: { silent: string; prompt: string };
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url !== '/silent') response.end('answer');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  event = { silent: `http://127.0.0.1:${port}/silent`, prompt: `http://127.0.0.1:${port}/` };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const warningOf = (what: string): string =>
  `the handler returned while work was still pending (${what}): as on AWS Lambda it gets no CPU before the next ` +
  'call. Await it before you return.';

describe('work that a handler left pending is told', () => {
  test.each([
    ['timer', '1 timer'],
    ['child', '1 child process'],
    ['fetching', '1 HTTP request'],
    ['getting', '1 HTTP request'],
  ])('%s: %s', async (exportName, what) => {
    const { invoke, logs } = await running('left-work', exportName);
    await invoke(event, { requestId: 'r-1' });
    await expect
      .poll(() => logs)
      .toEqual([expect.objectContaining({ level: 'WARN', requestId: 'r-1', text: warningOf(what) })]);
  });

  test('once in a sandbox', async () => {
    const { invoke, logs } = await running('left-work', 'timer');
    await invoke();
    await expect.poll(() => logs).toHaveLength(1);
    await invoke();
    await expect.poll(async () => (await invoke()).type).toBe('result');
    expect(logs).toHaveLength(1);
  });
});

describe('what is no left work is not told', () => {
  // Each is followed by a timer that is left, so that there is a warning to look at.
  test.each(['unrefTimer', 'awaited', 'keptAlive', 'sdk'])('%s', async (first) => {
    const { invoke, logs } = await running('left-work', 'handler');
    expect(await invoke({ ...event, first })).toMatchObject({ type: 'result' });
    await expect.poll(() => logs.map(({ text }) => text)).toEqual([warningOf('1 timer')]);
  });
});
