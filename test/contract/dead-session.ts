/**
 * A runtime that dies without a word. Imported: runs this file in a process of its own and kills it with -9.
 * Run: makes two sandboxes, one of them stuck in a loop, and waits for its death.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { newShortId } from '../../runtime/core/ids.ts';
import { silentLogger } from '../../runtime/core/log.ts';
import type { Driver } from '../../runtime/sandbox/sandbox.ts';
import { running } from './harness.ts';

type DriverName = 'process' | 'docker';

export async function leaveDeadSession(
  driver: DriverName,
  dataDir: string,
  bootstrapFile: string,
): Promise<number[]> {
  const child = spawn(process.execPath, [import.meta.filename, driver, dataDir, bootstrapFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const died = once(child, 'exit');
  const told = once(child.stdout, 'data') as Promise<[Buffer]>;
  const early = died.then(() => {
    throw new Error('the session ended before it was killed');
  });
  const [line] = await Promise.race([told, early]);
  early.catch(() => undefined);
  child.kill('SIGKILL');
  await died;
  return JSON.parse(line.toString()) as number[];
}

async function makeDriver(name: DriverName, dataDir: string, bootstrapFile: string): Promise<Driver> {
  const settings = { dataDir, sessionId: newShortId(), log: silentLogger, bootstrapFile };
  if (name === 'process') {
    const { createProcessDriver } = await import('../../runtime/sandbox/process/index.ts');
    return createProcessDriver(settings);
  }
  const { createDockerDriver } = await import('../../runtime/sandbox/docker/index.ts');
  return createDockerDriver({ ...settings, docker: {} });
}

if (process.argv[1] === import.meta.filename) {
  const [, , name = '', dataDir = '', bootstrapFile = ''] = process.argv;
  const driver = await makeDriver(name as DriverName, dataDir, bootstrapFile);
  await driver.start();
  const [stuck, parent] = await Promise.all([running(driver, 'busyLoop'), running(driver, 'leaveChildren')]);
  void stuck.invoke();
  const answer = await parent.invoke();
  console.log(JSON.stringify(answer.type === 'result' ? answer.value : []));
  setInterval(() => undefined, 60_000);
}
