/**
 * The driver contract. test/contract/ holds every driver (fake, process, docker) to it.
 *
 *  1. Everything a driver creates carries the labels of this runtime (data directory, session, sandbox).
 *  2. `create` resolves when the engine has started the sandbox; `ready` when it spoke from inside.
 *     Readiness is raced against exit, never a sleep.
 *  3. `kill` is idempotent, never rejects, and resolves when the sandbox and all that ran in it is gone,
 *     files included.
 *  4. `exited` resolves exactly once, whatever ended the sandbox, and says how; it never rejects.
 *  5. `start` sweeps what a dead session of the same data directory left, and touches nothing else.
 *  6. A sandbox starts without a revision; `place` puts one in it, once.
 *  7. A sandbox that is killed while `create`, `ready` or `place` is under way makes that promise reject.
 *  8. Figures that cannot be read are null.
 */
import type { Revision } from '../core/types.ts';
import type { Channel } from './channel/channel.ts';

export interface SandboxSpec {
  /** Unique; names the sandbox in labels, folders and logs. */
  id: string;
  memoryMb: number;
  /** Size of the private /tmp in MB. */
  tmpMb: number;
  /** Processors it may use at most, e.g. 0.5; null: all there are. */
  cpus: number | null;
  /** Variables that only work when present from the process's start (NODE_OPTIONS, LD_*, TZ …). */
  bootEnv: Record<string, string>;
  /** What it is for; labels only. */
  functionName: string;
  /** A debugger may attach here, on this machine's loopback address. */
  inspectPort?: number;
}

export interface SandboxExit {
  code: number | null;
  signal: string | null;
  /** It was killed for using more than its memory. */
  oom: boolean;
  /** Someone other than this runtime removed or killed it. */
  outside: boolean;
  at: number;
}

export interface SandboxUsage {
  peakMemoryMb: number | null;
  cpuMs: number | null;
  tmpMb: number | null;
}

/** A line on the raw stdout or stderr of the sandbox (native code, child processes, crashes). */
export interface RawLine {
  stream: 'stdout' | 'stderr';
  line: string;
}

export interface Sandbox {
  readonly id: string;
  /** Open once `ready` has resolved. */
  readonly channel: Channel;
  readonly ready: Promise<void>;
  readonly exited: Promise<SandboxExit>;
  /** Makes the revision visible inside and returns its root as seen from there (`/var/task`). */
  place(revision: Revision): Promise<string>;
  /** Stops every process inside from getting CPU; `thaw` undoes it. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  usage(): Promise<SandboxUsage>;
  kill(): Promise<void>;
  /** Called for every raw output line; set once, right after `create`. */
  onRawLine: ((line: RawLine) => void) | undefined;
}

export interface Driver {
  readonly name: string;
  /** True when functions are kept from the host by the operating system. */
  readonly isolates: boolean;
  /** Address at which a sandbox reaches a port this machine listens on, e.g. 127.0.0.1 or the bridge's. */
  readonly hostAddress: string;
  /** Address the gateway must listen on besides loopback for that, or undefined. */
  readonly listenAddress: string | undefined;
  /** Connects, sweeps leftovers of dead sessions, makes the image ready. */
  start(): Promise<void>;
  create(spec: SandboxSpec): Promise<Sandbox>;
  /** Kills every sandbox of this session and resolves when all are gone. */
  close(): Promise<void>;
}
