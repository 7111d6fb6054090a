import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Served extends AsyncDisposable {
  url: string;
  /** The most memory the process ever had. */
  maxRssMb(): Promise<number>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts `serve.ts` on a data directory. */
export async function serveApart(dataDir: string): Promise<Served> {
  const child = fork(fileURLToPath(new URL('serve.ts', import.meta.url)), [dataDir], { execArgv: [] });
  const exited = once(child, 'exit');
  const [{ url }] = await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error('exited'))),
  ]);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    url,
    async maxRssMb() {
      child.send('memory');
      const [{ maxRssMb }] = await once(child, 'message');
      return maxRssMb;
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
