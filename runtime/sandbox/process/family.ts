/** A sandbox's processes, wherever they went: found, and ended for good. */
import { setTimeout } from 'node:timers/promises';
import { withDescendants, type ProcessInfo } from './process-info.ts';
import { processTable } from './process-table.ts';

/** Environment variables that every process of a sandbox inherits, so that it can be told later whose it is. */
export const MARKS = {
  sandbox: 'FAAS_SANDBOX_ID',
  dataDir: 'FAAS_DATA_DIR_ID',
  session: 'FAAS_SESSION',
  /** `pid/start` of the runtime. */
  owner: 'FAAS_OWNER',
} as const;

/** A process in uninterruptible sleep dies only when the kernel lets it; waiting for it has an end. */
const PATIENCE_MS = 10_000;

/** Sends a signal to a process group, if it has members. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  signalProcess(-group, signal);
}

/**
 * Kills every process of which `belongs` is true and all their descendants, and looks again until there are none.
 * Resolves with what was left after a long while: normally nothing.
 */
export async function endAll(belongs: (process: MarkedProcess) => boolean): Promise<ProcessInfo[]> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    const found = await snapshot();
    const marked = new Set(found.filter(belongs).map(({ info }) => info.pid));
    if (marked.size === 0) return [];
    const infos = found.map(({ info }) => info);
    const family = withDescendants(infos, (info) => marked.has(info.pid)).filter(
      ({ pid }) => pid !== process.pid,
    );
    if (performance.now() > giveUpAt) return family;
    for (const { pid } of family) signalProcess(pid, 'SIGKILL');
    await setTimeout(pauseMs);
  }
}

/** A process and the marks it carries. */
export interface MarkedProcess {
  info: ProcessInfo;
  marks: Record<string, string>;
}

let pending: Promise<MarkedProcess[]> | undefined;

/** All processes with their marks. Whoever asks before the reading begins shares it: twenty kills, one look. */
export function snapshot(): Promise<MarkedProcess[]> {
  pending ??= new Promise((resolve) => {
    setImmediate(() => {
      pending = undefined;
      resolve(readAll());
    });
  });
  return pending;
}

async function readAll(): Promise<MarkedProcess[]> {
  const found: MarkedProcess[] = [];
  for (const info of await processTable.all())
    found.push({ info, marks: await processTable.marks(info.pid) });
  return found;
}

/** Sends a signal to a process, if it is still there. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already
  }
}
