/** Which function `faas dev --debug-port` is for. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { debugTarget } from '../../../cli/dev/debug-target.ts';
import type { FaasConfig } from '../../../runtime/config/schema.ts';
import { resolveFunction } from '../../../runtime/config/resolve-function.ts';

const configOf = (...names: string[]): FaasConfig => {
  const functions = names.map((name) => resolveFunction(name, { source: '.' }, import.meta.dirname, [name]));
  return { functions } as FaasConfig; // nothing else is looked at
};

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('none without the flag', async () => {
  expect(await debugTarget(configOf('hello'), {})).toBeUndefined();
});

test('the only one by default, else the one that is named', async () => {
  const debugPort = await freePort();
  expect(await debugTarget(configOf('hello'), { debugPort })).toEqual({
    functionName: 'hello',
    port: debugPort,
  });
  expect(await debugTarget(configOf('hello', 'resize'), { debugPort, debugFunction: 'resize' })).toEqual({
    functionName: 'resize',
    port: debugPort,
  });
});

test.each([
  { names: ['a', 'b'], flags: { debugPort: 9229 }, message: '--debug-port is for one function' },
  { names: [], flags: { debugPort: 9229 }, message: '--debug-port is for one function' },
  { names: ['a'], flags: { debugPort: 9229, debugFunction: 'b' }, message: "no function 'b' is configured" },
  { names: ['a'], flags: { debugFunction: 'a' }, message: '--debug-function needs --debug-port' },
  { names: ['a'], flags: { debugPort: 0 }, message: 'the debug port is out of range' },
  { names: ['a'], flags: { debugPort: 70_000 }, message: 'the debug port is out of range' },
])('$flags with the functions $names is wrong usage: $message', async ({ names, flags, message }) => {
  await expect(debugTarget(configOf(...names), flags)).rejects.toMatchObject({ code: 'UsageError', message });
});

test('a port that is taken is told before anything starts', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: debugPort } = server.address() as AddressInfo;
  await expect(debugTarget(configOf('a'), { debugPort })).rejects.toMatchObject({ code: 'PortInUse' });
  server.close();
});
