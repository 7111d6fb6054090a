/**
 * esbuild runs as one child process a Node process, shared by every deployer in it: started by the first build,
 * stopped after a while without builds, and when a deployer closes. A later build starts it again.
 */
import type { BuildContext, BuildFailure, BuildOptions, BuildResult, Message } from 'esbuild';

export type EsbuildOptions = BuildOptions & { write: false; metafile: true };
export type EsbuildResult = BuildResult<EsbuildOptions>;
/** One run of the bundler; `key` names what the options depend on. */
export type RunEsbuild = (options: EsbuildOptions, key: string) => Promise<EsbuildResult>;

let loaded: typeof import('esbuild') | undefined;
/** Builds under way and contexts that are kept. */
let needed = 0;
let idle: NodeJS.Timeout | undefined;

/** Long enough for someone who edits and saves; starting it again takes some 20 ms. */
const IDLE_MS = 30_000;

/** Loaded on first use: a command that builds nothing does not pay for it. */
async function esbuild(): Promise<typeof import('esbuild')> {
  loaded ??= await import('esbuild');
  return loaded;
}

export const runEsbuild: RunEsbuild = async (options) => {
  const { build } = await esbuild();
  const release = holdService();
  try {
    return await build(options);
  } finally {
    release();
  }
};

/** What builds again and again; keeps the bundler running until it is disposed. */
export async function openContext(options: EsbuildOptions): Promise<BuildContext<EsbuildOptions>> {
  const { context } = await esbuild();
  const release = holdService();
  try {
    const opened = await context(options);
    return { ...opened, dispose: () => opened.dispose().finally(release) };
  } catch (error) {
    release();
    throw error;
  }
}

function holdService(): () => void {
  clearTimeout(idle);
  needed += 1;
  return () => {
    needed -= 1;
    clearTimeout(idle);
    idle = setTimeout(() => void stopEsbuild(), IDLE_MS).unref();
  };
}

export async function stopEsbuild(): Promise<void> {
  if (needed > 0) return;
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
