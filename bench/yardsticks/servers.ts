/** The yardsticks that serve HTTP, each in a process of its own. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ServerProcess extends AsyncDisposable {
  url: string;
  pid: number;
}

/** A bare node:http server. */
export const startServer = (): Promise<ServerProcess> => start('./server.cjs', []);

/** A node:http reverse proxy in front of such a server. */
export async function startProxy(): Promise<ServerProcess> {
  const server = await startServer();
  try {
    const proxy = await start('./proxy.cjs', [server.url]);
    return {
      url: proxy.url,
      pid: proxy.pid,
      async [Symbol.asyncDispose]() {
        await proxy[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(file: string, args: string[]): Promise<ServerProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${String(code)}`);
  });
  const [url] = (await Promise.race([once(child, 'message'), ended])) as [string]; // announce() sends it
  ended.catch(() => undefined); // from here on it ends when it is told to
  return { url, pid: child.pid ?? 0, [Symbol.asyncDispose]: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
