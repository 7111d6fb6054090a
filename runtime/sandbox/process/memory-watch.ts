/**
 * Where no control group holds a sandbox, memory is a limit only because someone looks: often while the function works,
 * rarely while it rests.
 */
import type { ProcessInfo } from './process-info.ts';
import { processTable } from './process-table.ts';

const BUSY_MS = 40;
/** Close to the limit, looking twice as often halves how far it can be overrun. */
const CLOSE_MS = 15;
const IDLE_MS = 1_000;

/** A function that starts a daemon at each call must not fill our memory; those of long ago have ended or never will. */
const MAX_STRAYS = 1_000;

export interface MemorySample {
  usedKb: number;
  cpuMs: number;
}

/**
 * What the family holds for itself: without the program's text and other files, which processes share and the system
 * could take back. A container's memory limit counts the same.
 */
export function sumUp(family: ProcessInfo[]): MemorySample {
  const sample = { usedKb: 0, cpuMs: 0 };
  for (const { residentKb, sharedKb, cpuMs } of family) {
    sample.usedKb += Math.max(0, residentKb - sharedKb);
    sample.cpuMs += cpuMs;
  }
  return sample;
}

/** When to look again: soon while CPU time passes, ever less often while nothing happens. */
export function nextLookMs(previousMs: number, usedShare: number, isWorking: boolean): number {
  if (!isWorking) return Math.min(Math.max(previousMs, BUSY_MS) * 2, IDLE_MS);
  return usedShare > 0.6 ? CLOSE_MS : BUSY_MS;
}

export class MemoryWatch {
  /** The largest sum seen. */
  peakKb = 0;
  /** Processes that were seen in the family but left its group: when their parent is gone nothing else tells of them. */
  readonly strays = new Map<number, ProcessInfo>();
  readonly #pid: number;
  readonly #limitKb: number;
  readonly #onExceeded: (usedKb: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #intervalMs = BUSY_MS;
  #cpuMs = 0;
  #stopped = false;

  constructor(pid: number, limitMb: number, onExceeded: (usedKb: number) => void) {
    this.#pid = pid;
    this.#limitKb = limitMb * 1024;
    this.#onExceeded = onExceeded;
    this.#schedule();
  }

  /** Something is about to happen inside: look soon. */
  wake(): void {
    if (this.#intervalMs <= BUSY_MS) return;
    this.#intervalMs = BUSY_MS;
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Looks now. */
  async sample(): Promise<MemorySample> {
    const sample = sumUp(await this.family());
    this.peakKb = Math.max(this.peakKb, sample.usedKb);
    return sample;
  }

  /** The first process and its descendants. */
  async family(): Promise<ProcessInfo[]> {
    const family = await processTable.family(this.#pid);
    for (const info of family) if (info.group !== this.#pid) this.#remember(info);
    return family;
  }

  #remember(stray: ProcessInfo): void {
    this.strays.set(stray.pid, stray);
    const [oldest] = this.strays.keys();
    if (this.strays.size > MAX_STRAYS && oldest !== undefined) this.strays.delete(oldest);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const pauseMs = Math.max(this.#intervalMs, processTable.shortestPauseMs);
    this.#timer = setTimeout(() => void this.#look(), pauseMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { usedKb, cpuMs } = await this.sample();
    if (this.#stopped) return;
    if (usedKb > this.#limitKb) return this.#onExceeded(usedKb);
    this.#intervalMs = nextLookMs(this.#intervalMs, usedKb / this.#limitKb, cpuMs !== this.#cpuMs);
    this.#cpuMs = cpuMs;
    this.#schedule();
  }
}
