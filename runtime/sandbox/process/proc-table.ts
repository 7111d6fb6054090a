/** Linux: /proc. Reading it is CPU work in the kernel, no I/O, so the synchronous calls are the cheap ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { marksIn, withDescendants, type ProcessInfo, type ProcessTable } from './process-info.ts';

const PAGE_KB = 4;
/** Clock ticks are 1/100 s in what the kernel shows to programs, whatever it uses itself. */
const TICK_MS = 10;
/** The event loop gets its turn after so many. */
const BATCH = 64;

export const linuxTable: ProcessTable = {
  shortestPauseMs: 0,
  async all() {
    const found: ProcessInfo[] = [];
    for (const [index, pid] of pids().entries()) {
      if (index % BATCH === BATCH - 1) await setImmediate();
      const info = read(pid);
      if (info) found.push(info);
    }
    return found;
  },
  async family(root) {
    const rootInfo = read(root);
    if (!rootInfo) return [];
    const found = [rootInfo];
    for (const { pid } of found) {
      const children = childrenOf(pid);
      if (!children) return withDescendants(await this.all(), (info) => info.pid === root);
      found.push(...children.map(read).filter((info) => info !== undefined));
    }
    return found;
  },
  one: async (pid) => read(pid),
  marks: async (pid) => marksIn((text(`/proc/${pid}/environ`) ?? '').split('\0')),
  async peakKb(pid) {
    const found = /VmHWM:\s+(\d+) kB/.exec(text(`/proc/${pid}/status`) ?? '');
    return found ? Number(found[1]) : null;
  },
};

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => name.charCodeAt(0) <= 57)
    .map(Number);
}

/** Children of the main thread, which is where Node forks; undefined where the kernel keeps no such list. */
function childrenOf(pid: number): number[] | undefined {
  return text(`/proc/${pid}/task/${pid}/children`)?.split(' ').filter(Boolean).map(Number);
}

function read(pid: number): ProcessInfo | undefined {
  const stat = text(`/proc/${pid}/stat`);
  // The program's name is in parentheses and may hold anything, also parentheses. proc(5) numbers the fields from 1.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const field = (number: number): number => Number(fields[number - 3]);
  // Kernel threads are in group 0: nobody's.
  if (fields.length < 22 || fields[0] === 'Z' || fields[0] === 'X' || field(5) === 0) return undefined;
  const [, resident = 0, shared = 0] = (text(`/proc/${pid}/statm`) ?? '').split(' ').map(Number);
  return {
    pid,
    parent: field(4),
    group: field(5),
    isStopped: fields[0] === 'T',
    startedAt: fields[22 - 3] ?? '',
    residentKb: resident * PAGE_KB,
    sharedKb: shared * PAGE_KB,
    cpuMs: (field(14) + field(15) + field(16) + field(17)) * TICK_MS,
  };
}

/** Undefined when the process is gone meanwhile, or another user's. */
function text(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
