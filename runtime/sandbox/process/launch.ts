import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { FaasError } from '../../core/errors.ts';
import { nodeArguments } from '../node-arguments.ts';
import type { SandboxSpec } from '../sandbox.ts';
import { MARKS } from './family.ts';

/** What every sandbox of a session shares. */
export interface LaunchSettings {
  nodePath: string;
  bootstrapFile: string;
  /** Marks that all processes of the session carry. */
  marks: Record<string, string>;
}

/** Descriptor of the channel inside: an inherited socket pair, so there is no path or port that could be guessed or left. */
export const CHANNEL_FD = 3;

/** Of the user's shell a function sees where programs are and how text is written; time is UTC, as in the cloud. */
const INHERITED = /^(PATH|LANG|LC_[A-Z]+|SystemRoot)$/;

/**
 * Starts Node with the bootstrap as the leader of a process group of its own. Resolves when the system has started it.
 *
 * @throws FaasError SandboxStartFailed
 */
export async function launch(
  spec: SandboxSpec,
  settings: LaunchSettings,
  folders: { cwd: string; tmp: string },
): Promise<{ child: ChildProcess; pid: number }> {
  const { nodePath, bootstrapFile } = settings;
  const inspect = spec.inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${spec.inspectPort}`];
  const child = spawn(nodePath, [...nodeArguments(spec.memoryMb, spec.bootEnv), ...inspect, bootstrapFile], {
    cwd: folders.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: environment(spec, settings, folders.tmp),
  });
  if (child.pid === undefined) throw startFailed([nodePath, folders.cwd], await once(child, 'error'));
  // When the machine itself runs out of memory, functions go before the runtime does.
  void writeFile(`/proc/${child.pid}/oom_score_adj`, '500').catch(() => undefined);
  return { child, pid: child.pid };
}

function environment(
  spec: SandboxSpec,
  { marks }: LaunchSettings,
  tmp: string,
): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => INHERITED.test(name));
  return {
    ...Object.fromEntries(inherited),
    TZ: ':UTC',
    ...spec.bootEnv,
    TMPDIR: tmp,
    ...marks,
    [MARKS.sandbox]: spec.id,
    FAAS_CHANNEL: `fd:${CHANNEL_FD}`,
  };
}

function startFailed(needed: string[], [cause]: unknown[]): FaasError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? String(cause);
  const missing = needed.filter((path) => !existsSync(path));
  const remedy =
    missing.length > 0
      ? `${missing.join(' and ')} does not exist any more: start the runtime again`
      : code === 'EAGAIN'
        ? 'raise the limit of processes (`ulimit -u`) or lower the concurrency of the functions'
        : 'check that Node can be started and that memory is free';
  return new FaasError('SandboxStartFailed', `a process could not be started: ${code}`, {
    expected: `${needed[0]} to start`,
    got: code,
    remedy,
    cause,
  });
}
