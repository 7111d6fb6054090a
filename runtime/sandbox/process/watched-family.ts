/** A sandbox's processes where no control group holds them: found by kinship, group and marks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { endAll, MARKS, signalGroup, signalProcess } from './family.ts';
import { MemoryWatch } from './memory-watch.ts';
import type { ProcessInfo } from './process-info.ts';
import { processTable } from './process-table.ts';

/** A signal is obeyed when its process next leaves the kernel. */
const STOP_MS = 200;

export class WatchedFamily {
  readonly #id: string;
  /** Of the first process, which is also that of its process group. */
  readonly #pid: number;
  readonly #watch: MemoryWatch;

  constructor(id: string, pid: number, limitMb: number, onExceeded: () => void) {
    this.#id = id;
    this.#pid = pid;
    this.#watch = new MemoryWatch(pid, limitMb, onExceeded);
  }

  /** Something is about to happen inside: memory may grow. */
  wake(): void {
    this.#watch.wake();
  }

  /** From now on nobody looks at its memory. */
  stopWatching(): void {
    this.#watch.stop();
  }

  /** Stops all of them, those forked meanwhile, too. */
  async freeze(): Promise<void> {
    signalGroup(this.#pid, 'SIGSTOP');
    const giveUpAt = performance.now() + STOP_MS;
    for (let left = await this.#running(); left.length > 0; left = await this.#running()) {
      if (performance.now() > giveUpAt) return; // stuck in the kernel, where it uses no CPU
      for (const stray of left) await signalStray(stray, 'SIGSTOP');
      await sleep(1);
    }
  }

  async #running(): Promise<ProcessInfo[]> {
    const family = await this.#watch.family();
    const strays = await Promise.all([...this.#watch.strays.keys()].map((pid) => processTable.one(pid)));
    return [...family, ...strays.filter((stray) => stray !== undefined)].filter(
      ({ isStopped }) => !isStopped,
    );
  }

  async thaw(): Promise<void> {
    signalGroup(this.#pid, 'SIGCONT');
    for (const stray of this.#watch.strays.values()) await signalStray(stray, 'SIGCONT');
  }

  async usage(): Promise<{ peakKb: number | null; cpuMs: number | null }> {
    const { cpuMs, usedKb } = await this.#watch.sample();
    return { peakKb: this.#watch.peakKb || null, cpuMs: usedKb === 0 ? null : cpuMs };
  }

  /** Looks who they are, while the first process can still tell of its children. */
  async look(): Promise<void> {
    await this.#watch.sample();
  }

  /** Kills all of them for good; resolves with those that do not end: normally none. */
  end(): Promise<ProcessInfo[]> {
    const { strays } = this.#watch;
    return endAll(
      ({ info, marks }) =>
        marks[MARKS.sandbox] === this.#id ||
        info.group === this.#pid ||
        strays.get(info.pid)?.startedAt === info.startedAt,
    );
  }
}

/** To the process itself, not to a later one with its number. */
async function signalStray({ pid, startedAt }: ProcessInfo, signal: NodeJS.Signals): Promise<void> {
  const living = await processTable.one(pid);
  if (living?.startedAt === startedAt) signalProcess(pid, signal);
}
