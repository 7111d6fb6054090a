import type { SandboxExit } from '../sandbox.ts';

/** Why we killed it, if we did. */
export type KillReason = 'asked' | 'memory';

/** Signals by which a program ends itself, on purpose or by a defect. */
const CRASH_SIGNALS = new Set(['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV', 'SIGSYS', 'SIGTRAP']);

/** V8 prints this to the real stderr before it aborts: the function used up its heap. */
export const HEAP_EXHAUSTED = /FATAL ERROR: .*(heap out of memory|invalid table size|semi-space|Zone)/i;

/** How a sandbox's process ended, from what the system tells and what we know. */
export function classifyExit(
  exit: { code: number | null; signal: string | null },
  known: { killedFor: KillReason | undefined; heapExhausted: boolean },
): Pick<SandboxExit, 'oom' | 'outside'> {
  const { signal } = exit;
  if (known.killedFor) return { oom: known.killedFor === 'memory', outside: false };
  if (signal === null) return { oom: false, outside: false };
  const isCrash = CRASH_SIGNALS.has(signal);
  return { oom: isCrash && known.heapExhausted, outside: !isCrash };
}
