import { openSync, readSync, writeSync } from 'node:fs';
import type { CallUsage } from '../channel/messages.ts';

/**
 * Starts measuring one call; the answer is what it has used when asked.
 *
 * @param limitKb what is resident counts up to here: the program's text and other files, which every process on the
 *   machine shares, are part of it only as far as they fit; the system takes them back when the function needs more
 * @param isAlone false while other calls run in this process: then its figures are those of all of them
 */
export function measureCall(limitKb: number, isAlone: boolean): () => CallUsage {
  if (isAlone) forgetPeak();
  const before = process.cpuUsage();
  return () => {
    const spent = process.cpuUsage(before);
    const peak = peakKb();
    return { cpuUs: spent.user + spent.system, peakKb: peak === null ? null : Math.min(peak, limitKb) };
  };
}

/** Opened once and used at the same place again: together they cost a call less than 10 microseconds. */
const files: Record<string, number | null> = {};

function fileOf(path: string, mode: 'r' | 'w'): number | null {
  const known = files[path];
  if (known !== undefined) return known;
  try {
    return (files[path] = openSync(path, mode));
  } catch {
    return (files[path] = null);
  }
}

const FORGET_PEAK = Buffer.from('5');

/** Makes the high-water mark start anew, see proc(5). Where that is not permitted it stays that since the start. */
function forgetPeak(): void {
  const file = fileOf('/proc/self/clear_refs', 'w');
  if (file === null) return;
  try {
    writeSync(file, FORGET_PEAK, 0, 1, 0);
  } catch {
    files['/proc/self/clear_refs'] = null;
  }
}

const status = Buffer.alloc(4096);

/**
 * The high-water mark of this program's memory. Not getrusage's maxrss: that one is inherited from the process that
 * forked us, and never starts anew.
 */
function peakKb(): number | null {
  const file = fileOf('/proc/self/status', 'r');
  if (file === null) return sampledPeakKb();
  try {
    const length = readSync(file, status, 0, status.length, 0);
    const found = /VmHWM:\s+(\d+) kB/.exec(status.toString('latin1', 0, length));
    return found ? Number(found[1]) : null;
  } catch {
    return null; // the function has closed a file that is not its own
  }
}

let sampled = 0;

/** Where there is no /proc: the most that was seen at the end of a call, which may miss a peak within it. */
function sampledPeakKb(): number {
  sampled = Math.max(sampled, Math.round(process.memoryUsage.rss() / 1024));
  return sampled;
}
