/**
 * esbuild runs as one child process a Node process, shared by every deployer in it: started by the first build,
 * stopped after a while without builds, and when a deployer closes. A later build starts it again.
 */
import type { BuildFailure, BuildOptions, BuildResult, Message } from 'esbuild';

export type EsbuildOptions = BuildOptions & { write: false; metafile: true };
export type EsbuildResult = BuildResult<EsbuildOptions>;

let loaded: typeof import('esbuild') | undefined;
let building = 0;
let idle: NodeJS.Timeout | undefined;

/** Long enough for someone who edits and saves; starting it again takes some 20 ms. */
const IDLE_MS = 30_000;

/** Loaded on first use: a command that builds nothing does not pay for it. */
async function esbuild(): Promise<typeof import('esbuild')> {
  loaded ??= await import('esbuild');
  return loaded;
}

export async function runEsbuild(options: EsbuildOptions): Promise<EsbuildResult> {
  const { build } = await esbuild();
  clearTimeout(idle);
  building += 1;
  try {
    return await build(options);
  } finally {
    building -= 1;
    clearTimeout(idle);
    idle = setTimeout(() => void stopEsbuild(), IDLE_MS).unref();
  }
}

export async function stopEsbuild(): Promise<void> {
  if (building > 0) return;
  clearTimeout(idle);
  await loaded?.stop();
}

/** esbuild's own pictures of the place, with columns that count from 1 as in editors and stack traces. */
export async function codeFrames(messages: Message[], kind: 'error' | 'warning'): Promise<string[]> {
  const { formatMessages } = await esbuild();
  const frames = await formatMessages(messages, { kind, color: false, terminalWidth: 100 });
  return frames.map((frame, index) => {
    const place = messages[index]?.location;
    if (!place) return frame;
    const { file, line, column } = place;
    return frame.replace(`${file}:${line}:${column}:`, () => `${file}:${line}:${column + 1}:`);
  });
}

export function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}
