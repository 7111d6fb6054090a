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
  const before = process.resourceUsage();
  const steady = isAlone ? steadySince(before) : undefined;
  if (isAlone && !steady) forgetPeak();
  const children = measureChildren();
  return () => {
    const after = process.resourceUsage();
    const { hadChildren, cpuUs } = children();
    const hasGrown = pageFaults(after) !== pageFaults(before);
    const own = steady && !hasGrown ? steady.peakKb : peakKb();
    if (!steady || hasGrown) lastSteady = isAlone && !hasGrown ? steadyFrom(after, own) : undefined;
    const peak = hadChildren && own !== null ? Math.max(own, treePeakKb() ?? 0) : own;
    const tmpKb = tmpUsedKb();
    return {
      cpuUs: after.userCPUTime - before.userCPUTime + (after.systemCPUTime - before.systemCPUTime) + cpuUs,
      peakKb: peak === null ? null : Math.min(peak, limitKb),
      ...(tmpKb !== null && { tmpKb }),
    };
  };
}

/** What a call read that touched no new memory: it holds until a page is touched for the first time. */
interface Steady {
  peakKb: number | null;
  pageFaults: number;
  readAtMs: number;
}

/** Memory that was given back meanwhile shows after so long. */
const STEADY_MS = 100;

let lastSteady: Steady | undefined;

const steadyFrom = (usage: NodeJS.ResourceUsage, peakKb: number | null): Steady => ({
  peakKb,
  pageFaults: pageFaults(usage),
  readAtMs: performance.now(),
});

/**
 * Without a page fault the program cannot have grown, so that asking the system for its peak, a fifth of a small call, can
 * be left out.
 */
const steadySince = (usage: NodeJS.ResourceUsage): Steady | undefined =>
  lastSteady?.pageFaults === pageFaults(usage) && performance.now() - lastSteady.readAtMs < STEADY_MS
    ? lastSteady
    : undefined;

const pageFaults = ({ minorPageFault, majorPageFault }: NodeJS.ResourceUsage): number =>
  minorPageFault + majorPageFault;

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
