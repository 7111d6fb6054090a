/**
 * What programs that a function starts use: they are part of its sandbox, and its bill. Looking for them costs a call
 * 5 microseconds, so nobody looks before the function has loaded the module that starts programs.
 */
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { readOwn } from './own-proc.ts';

export interface ChildUsage {
  /** Some ran, or ended, since the call began. */
  hadChildren: boolean;
  /** CPU time of those that ended, microseconds; the system counts it in hundredths of a second. */
  cpuUs: number;
}

const NONE: ChildUsage = { hadChildren: false, cpuUs: 0 };
/** Clock ticks are 1/100 s in what the kernel shows to programs. */
const TICK_US = 10_000;

let mayHaveChildren = false;
/** Started by the call that runs, or by one before it and maybe still there. */
let started = false;

// Node tells of those that run beside it; of those it waits for (spawnSync) only the kernel knows, when they have ended.
subscribe('child_process', () => {
  mayHaveChildren = true;
  started = true;
});

/** To be called when the function is loaded. */
export function expectChildren(): void {
  const { moduleLoadList } = process as { moduleLoadList?: unknown }; // undocumented; without it, the channel has to do
  mayHaveChildren ||= Array.isArray(moduleLoadList) && moduleLoadList.includes('NativeModule child_process');
}

/** Starts watching for the children of a call. */
export function measureChildren(): () => ChildUsage {
  started = false;
  const before = mayHaveChildren ? ended() : undefined;
  return () => {
    if (!mayHaveChildren) return NONE;
    const after = ended();
    return {
      hadChildren: started || after.faults !== (before?.faults ?? 0),
      cpuUs: (after.ticks - (before?.ticks ?? 0)) * TICK_US,
    };
  };
}

const SPACE = 0x20;

/** Totals of all children that have ended: page faults, of which no program does without, and CPU time; see proc(5). */
function ended(): { faults: number; ticks: number } {
  const stat = readOwn('stat');
  const fields = stat ? numbersIn(stat.subarray(stat.lastIndexOf(')') + 2)) : [];
  // Numbered from 1 there, and these begin with the third.
  return { faults: fields[11 - 3] ?? 0, ticks: (fields[16 - 3] ?? 0) + (fields[17 - 3] ?? 0) };
}

/** The first fifteen numbers of a text; what is none counts as 0. Splitting would take longer than reading. */
function numbersIn(text: Buffer): number[] {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of text) {
    if (byte === SPACE) {
      numbers.push(value);
      value = 0;
      if (numbers.length === 15) break;
    } else value = byte >= 0x30 && byte <= 0x39 ? value * 10 + byte - 0x30 : 0;
  }
  return numbers;
}

const sandboxId = process.env['FAAS_SANDBOX_ID'];
let peakFile: string | null | undefined;

/**
 * The most memory that all processes of the sandbox had together since it started, file cache included, KB. Null where
 * no control group of its own holds it.
 */
export function treePeakKb(): number | null {
  peakFile ??= findPeakFile();
  return peakFile === null ? null : numberFrom(peakFile);
}

function numberFrom(file: string): number | null {
  try {
    return Math.round(Number(readFileSync(file, 'latin1')) / 1024);
  } catch {
    return null;
  }
}

/** In a container the mounted tree begins with its own group; elsewhere the group has the sandbox's name. */
function findPeakFile(): string | null {
  const candidates = groups().flatMap(({ version1, path }) => {
    if (sandboxId !== undefined && !path.endsWith(`/${sandboxId}`)) return [];
    const below = sandboxId === undefined ? '' : path;
    return version1
      ? [`/sys/fs/cgroup/memory${below}/memory.max_usage_in_bytes`]
      : [`/sys/fs/cgroup${below}/memory.peak`, `/sys/fs/cgroup/unified${below}/memory.peak`];
  });
  return candidates.find((file) => numberFrom(file) !== null) ?? null;
}

/** `4:memory:/path` of version 1 and `0::/path` of version 2; see cgroups(7). */
function groups(): { version1: boolean; path: string }[] {
  try {
    const lines = readFileSync('/proc/self/cgroup', 'latin1').split('\n');
    return lines.flatMap((line) => {
      const [, controllers = '', path = ''] = line.split(':');
      const version1 = controllers.split(',').includes('memory');
      return version1 || controllers === '' ? [{ version1, path }] : [];
    });
  } catch {
    return [];
  }
}
