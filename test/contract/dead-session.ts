/**
 * A runtime that dies without a word. Imported: runs this file in a process of its own and kills it with -9.
 * Run: makes three sandboxes, one of them stuck in a loop and one frozen, and waits for its death.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { newShortId } from '../../runtime/core/ids.ts';
import { silentLogger } from '../../runtime/core/log.ts';
import type { Driver } from '../../runtime/sandbox/sandbox.ts';
import { running } from './harness.ts';

/** Goes to the other process as JSON. */
interface DeadSession {
  driver: 'process' | 'docker';
  dataDir: string;
  bootstrap: string;
  /** Process driver only. */
  controlGroups?: boolean;
}

export async function leaveDeadSession(session: DeadSession): Promise<number[]> {
  const child = spawn(process.execPath, [import.meta.filename, JSON.stringify(session)], {
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

async function makeDriver(session: DeadSession): Promise<Driver> {
  const { dataDir, bootstrap: bootstrapFile, controlGroups = true } = session;
  const settings = { dataDir, sessionId: newShortId(), log: silentLogger, bootstrapFile };
  if (session.driver === 'process') {
    const { createProcessDriver } = await import('../../runtime/sandbox/process/index.ts');
    return createProcessDriver({ ...settings, controlGroups });
  }
  const { createDockerDriver } = await import('../../runtime/sandbox/docker/index.ts');
  return createDockerDriver({ ...settings, docker: {} });
}

if (process.argv[1] === import.meta.filename) {
  const driver = await makeDriver(JSON.parse(process.argv[2] ?? '') as DeadSession);
  await driver.start();
  const [stuck, parent, frozen] = await Promise.all([
    running(driver, 'busyLoop'),
    running(driver, 'leaveChildren'),
    running(driver, 'spinInChild'),
  ]);
  void stuck.invoke();
  await frozen.invoke();
  // A busy machine may need a second try.
  await frozen.sandbox.freeze().catch(() => frozen.sandbox.freeze());
  const answer = await parent.invoke();
  console.log(JSON.stringify(answer.type === 'result' ? answer.value : []));
  setInterval(() => undefined, 60_000);
}
