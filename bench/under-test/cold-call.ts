/** A call that finds nothing warm, timed from the connection's first packet to the answer's last byte. */
import { setTimeout } from 'node:timers/promises';
import { headerOf, HttpConnection } from '../load/http-connection.ts';
import { quiet } from './processes.ts';
import type { RuntimeUnderTest } from './runtime.ts';

export interface ColdCall {
  ms: number;
  /** As the runtime itself says: `cold`, `prewarmed`, `warm`. */
  start: string;
}

const WITHIN_MS = 10_000;

/**
 * Waits until no instance is left, `prewarmed` sandboxes stand ready and nothing of it uses the CPU any more; then
 * calls.
 */
export async function coldCall(
  runtime: RuntimeUnderTest,
  path: string,
  { prewarmed }: { prewarmed: number },
): Promise<ColdCall> {
  await nothingWarm(runtime, prewarmed);
  return timedCall(runtime.url, path);
}

export async function nothingWarm(runtime: RuntimeUnderTest, prewarmed: number): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  const isSo = async (): Promise<boolean> =>
    (await runtime.instances()).length === 0 && (await runtime.sandboxPids()).length === prewarmed;
  while (!(await isSo())) {
    if (performance.now() > deadline) {
      const pids = await runtime.sandboxPids();
      throw new Error(`expected ${prewarmed} prewarmed sandboxes and no other, there are ${pids.length}`);
    }
    await setTimeout(20);
  }
  await quiet(async () => [runtime.pid, ...(await runtime.sandboxPids())]);
}

/** The connection is part of what is timed, as it is for somebody who calls from a shell. */
export async function timedCall(url: string, path: string): Promise<ColdCall> {
  const startedAt = performance.now();
  const connection = await HttpConnection.open(url);
  try {
    const answer = await connection.send(connection.prepare({ path }));
    const ms = performance.now() - startedAt;
    if (answer.status !== 200)
      throw new Error(`${path} was answered ${answer.status}: ${answer.body.toString()}`);
    return { ms, start: headerOf(answer, 'x-faas-start') ?? 'unknown' };
  } finally {
    connection.close();
  }
}
