import { openSync, readSync } from 'node:fs';
import type { CallUsage } from '../channel/messages.ts';

/** Starts measuring one call; the answer is what it has used when asked. */
export function measureCall(): () => CallUsage {
  const before = process.cpuUsage();
  return () => {
    const spent = process.cpuUsage(before);
    return { cpuUs: spent.user + spent.system, peakKb: peakKb() };
  };
}

const status = Buffer.alloc(4096);
let statusFile: number | null | undefined;

/**
 * The high-water mark of this program's memory. Not getrusage's maxrss: that one is inherited from the process that
 * forked us. The file is opened once and read at the same place again.
 */
function peakKb(): number | null {
  try {
    statusFile ??= openSync('/proc/self/status', 'r');
    const length = readSync(statusFile, status, 0, status.length, 0);
    const found = /VmHWM:\s+(\d+) kB/.exec(status.toString('latin1', 0, length));
    return found ? Number(found[1]) : null;
  } catch {
    return sampledPeakKb();
  }
}

let sampled = 0;

/** Where there is no /proc: the most that was seen at the end of a call, which may miss a peak within it. */
function sampledPeakKb(): number {
  sampled = Math.max(sampled, Math.round(process.memoryUsage.rss() / 1024));
  return sampled;
}
