/** Processes from outside, as Linux shows them in /proc: which are sandboxes, what memory and time they use. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { containerPids } from '../yardsticks/engine.ts';
import type { DriverUnderTest } from './runtime.ts';

/** Nothing here works elsewhere. */
export const hasProc = process.platform === 'linux';

/** The Node processes of all sandboxes of a data directory. */
export async function sandboxProcesses(driver: DriverUnderTest, dataDirId: string): Promise<number[]> {
  if (driver === 'process') return processesWith(`FAAS_DATA_DIR_ID=${dataDirId}`);
  const inits = await containerPids(`faas.data-dir=${dataDirId}`);
  return (await Promise.all(inits.map(childOf))).filter((pid) => pid !== undefined);
}

async function processesWith(variable: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const carries = await Promise.all(
    pids.map(async (pid) => (await readText(`/proc/${pid}/environ`)).split('\0').includes(variable)),
  );
  return pids.filter((_, index) => carries[index]).map(Number);
}

/** A container's first process is the engine's init, whose child is what runs; without an init it is itself. */
async function childOf(pid: number): Promise<number | undefined> {
  const [child] = (await readText(`/proc/${pid}/task/${pid}/children`)).trim().split(' ');
  if (child) return Number(child);
  return (await readText(`/proc/${pid}/comm`)).includes('init') ? undefined : pid;
}

/** Resident memory, in MB. */
export async function residentMb(pid: number): Promise<number> {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(await readText(`/proc/${pid}/status`))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} is gone`);
  return Number(kilobytes) / 1024;
}

/** CPU time it has used, all its threads together, in milliseconds; to the microsecond, where `stat` counts in hundredths. */
export async function cpuMs(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const used = await Promise.all(threads.map((id) => readText(`/proc/${pid}/task/${id}/schedstat`)));
  return used.reduce((sum, text) => sum + Number(text.split(' ')[0] ?? 0), 0) / 1_000_000;
}

/** Open files, sockets included. */
export const openFiles = async (pid: number): Promise<number> => (await readdir(`/proc/${pid}/fd`)).length;

/** What a process was doing at a moment: CPU time used so far, in the kernel's ticks, and whether it sleeps. */
async function activity(pid: number): Promise<{ ticks: number; sleeps: boolean }> {
  // After the name, which may hold spaces, in parentheses: the state is field 3 of all, utime and stime 14 and 15.
  const fields = (await readText(`/proc/${pid}/stat`)).split(') ').at(-1)?.split(' ') ?? [];
  return { ticks: Number(fields[11] ?? 0) + Number(fields[12] ?? 0), sleeps: fields[0] === 'S' };
}

/**
 * Resolves when these processes have stopped using the CPU, or after `withinMs`. One that waits for its turn on a busy
 * machine uses none either, but does not sleep.
 */
export async function quiet(
  pids: () => Promise<number[]>,
  { forMs = 60, withinMs = 3000 } = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (let before = ''; performance.now() < deadline;) {
    const alive = await pids();
    const seen = await Promise.all(alive.map(activity));
    const now = seen.map(({ ticks }, index) => `${alive[index]}:${ticks}`).join();
    if (now === before && seen.every(({ sleeps }) => sleeps)) return;
    before = now;
    await setTimeout(forMs);
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch {
    return ''; // ended meanwhile, or not ours to read
  }
}
