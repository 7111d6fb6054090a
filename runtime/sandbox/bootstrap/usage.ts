import type { CallUsage } from '../channel/messages.ts';
import { measureChildren, treePeakKb } from './children.ts';
import { readOwn, writeOwn } from './own-proc.ts';
import { tmpUsedKb } from './own-tmp.ts';

/**
 * Starts measuring one call; the answer is what it has used when asked.
 *
 * @param limitKb what is resident counts up to here: the program's text and other files, which every process on the
 *   machine shares, are part of it only as far as they fit; the system takes them back when the function needs more
 * @param isAlone false while other calls run in this process: then its figures are those of all of them
 */
export function measureCall(limitKb: number, isAlone: boolean): () => CallUsage {
  if (isAlone) forgetPeak();
  const children = measureChildren();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    const { hadChildren, cpuUs } = children();
    const own = peakKb();
    const peak = hadChildren && own !== null ? Math.max(own, treePeakKb() ?? 0) : own;
    const tmpKb = tmpUsedKb();
    return {
      cpuUs: user + system + cpuUs,
      peakKb: peak === null ? null : Math.min(peak, limitKb),
      ...(tmpKb !== null && { tmpKb }),
    };
  };
}

const FORGET_PEAK = Buffer.from('5');

/** Makes the high-water mark start anew, see proc(5). Where that is not permitted it stays that since the start. */
const forgetPeak = (): void => writeOwn('clear_refs', FORGET_PEAK);

/**
 * The high-water mark of this program's memory. Not getrusage's maxrss: that one is inherited from the process that
 * forked us, and never starts anew.
 */
function peakKb(): number | null {
  const status = readOwn('status');
  if (!status) return process.platform === 'linux' ? null : sampledPeakKb();
  const found = /VmHWM:\s+(\d+) kB/.exec(status.toString('latin1'));
  return found ? Number(found[1]) : null;
}

let sampled = 0;

/** Where there is no /proc: the most that was seen at the end of a call, which may miss a peak within it. */
function sampledPeakKb(): number {
  sampled = Math.max(sampled, Math.round(process.memoryUsage.rss() / 1024));
  return sampled;
}
