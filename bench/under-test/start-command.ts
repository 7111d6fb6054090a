/** A command that serves, timed from its start to its first answer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { HttpConnection } from '../load/http-connection.ts';
import { HELLO } from './functions.ts';
import type { Product } from './product.ts';
import { RuntimeUnderTest, type DriverUnderTest } from './runtime.ts';

const WITHIN_MS = 60_000;
/** Between attempts: a refused connection costs a tenth of it. */
const RETRY_MS = 2;

/** A folder with two functions in which the runtime has been started, called and stopped before. */
export async function startedFolder(
  bench: { product: Product; folder: string },
  driver: DriverUnderTest,
): Promise<{ path: string } & AsyncDisposable> {
  const functions = { hello: { source: HELLO }, other: { source: HELLO } };
  const runtime = await RuntimeUnderTest.start({ ...bench, driver, config: { functions } });
  await runtime.stop();
  const path = runtime.folder;
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Milliseconds from the start of the command to the first answer with 200; the process is gone afterwards. */
export async function firstAnswer(
  args: readonly string[],
  { cwd, url, path, env }: { cwd: string; url: string; path: string; env?: NodeJS.ProcessEnv },
): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(env && { env }),
  });
  const exited = once(child, 'exit');
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  try {
    while (!(await answers(url, path))) {
      const ended = child.exitCode !== null || child.signalCode !== null;
      if (ended || performance.now() - startedAt > WITHIN_MS) throw new Error(`it never answered: ${stderr}`);
      await setTimeout(RETRY_MS);
    }
    return performance.now() - startedAt;
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

async function answers(url: string, path: string): Promise<boolean> {
  let connection: HttpConnection | undefined;
  try {
    connection = await HttpConnection.open(url);
    const { status } = await connection.send(connection.prepare({ path }));
    return status === 200;
  } catch {
    return false; // refused, or closed: it is not up yet
  } finally {
    connection?.close();
  }
}

/** Resolves when connections to it are accepted. */
export async function listening(url: string): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    try {
      return (await HttpConnection.open(url)).close();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await setTimeout(10);
    }
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server's
  server.close();
  await once(server, 'close');
  return port;
}
