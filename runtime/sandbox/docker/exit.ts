/** How a sandbox ended, decided from what the engine reported about its container. Pure. */
import { constants } from 'node:os';
import type { SandboxExit } from '../sandbox.ts';

/** What is known about a container's end. */
export interface Death {
  /** As the engine reports it; null when the container vanished without a report. */
  exitCode: number | null;
  /** This runtime asked for it. */
  requested: boolean;
  /** The engine reported a kill, a stop or a removal: somebody asked for it. */
  killed: boolean;
  /** The kernel's out-of-memory killer struck in the container right before it ended. */
  oomKill: boolean;
  /** V8 said on stderr that its heap limit, which follows the container's memory, was reached. */
  heapExhausted: boolean;
  at: number;
}

export const SIGKILL_CODE = 137;
const SIGABRT_CODE = 134;

/** How the init process inside reports death by signal: 128 + its number. Others are codes that programs choose themselves. */
const SIGNALS = new Map(
  (['SIGKILL', 'SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTERM', 'SIGTRAP'] as const).map(
    (name) => [128 + (constants.signals[name] ?? 0), name] as const,
  ),
);

export function exitOf(death: Death): SandboxExit {
  const { exitCode, requested, killed, at } = death;
  const signal = exitCode === null ? 'SIGKILL' : (SIGNALS.get(exitCode) ?? null);
  return {
    code: signal === null ? exitCode : null,
    signal,
    oom: ranOutOfMemory(death),
    outside: !requested && (killed || exitCode === null),
    at,
  };
}

/** A child that ran out of memory leaves the sandbox alive; only the end of the main process by it counts. */
function ranOutOfMemory({ exitCode, killed, oomKill, heapExhausted }: Death): boolean {
  if (killed) return false;
  return (oomKill && exitCode === SIGKILL_CODE) || (heapExhausted && exitCode === SIGABRT_CODE);
}
