/** Commands timed from their start, as a shell would see them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';

export interface CommandTimes {
  /** Until the first bytes on stdout; null when there were none. */
  firstOutputMs: number | null;
  exitMs: number;
  stdout: string;
}

/** Rejects, with its last words, when the command fails. */
export async function timeCommand(
  [file = '', ...args]: readonly string[],
  { cwd }: { cwd?: string } = {},
): Promise<CommandTimes> {
  const startedAt = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(cwd && { cwd }) });
  let firstOutputMs: number | null = null;
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    firstOutputMs ??= performance.now() - startedAt;
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // 'exit' is when the process is gone; its last output may still be on its way.
  const [[code, signal]] = (await Promise.all([once(child, 'exit'), once(child, 'close')])) as [
    [number | null, string | null],
    unknown,
  ];
  const exitMs = performance.now() - startedAt;
  if (code !== 0)
    throw new Error(`${file} ${args.join(' ')} ended with ${signal ?? code}: ${stderr.slice(-500)}`);
  return { firstOutputMs, exitMs, stdout };
}

/** `node -e 0`: what starting Node and nothing else takes. */
export const nodeStart = async (): Promise<number> =>
  (await timeCommand([process.execPath, '-e', '0'])).exitMs;
