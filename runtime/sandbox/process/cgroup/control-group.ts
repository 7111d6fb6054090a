/** One sandbox's control group: what the kernel does for all processes in it at once, wherever they went. */
import { writeSync } from 'node:fs';
import { mkdir, open, readFile, rmdir, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess } from '../family.ts';

/** What a group is good for; which of it, depends on the system and on what this user may do. */
export const POWERS = ['freeze', 'kill', 'memory', 'cpu', 'cpuacct', 'pids'] as const;
export type Power = (typeof POWERS)[number];

/** A folder of a hierarchy and the powers it gives. */
export interface Place {
  version: 1 | 2;
  folder: string;
  powers: ReadonlySet<Power>;
}

export interface Limits {
  memoryMb: number;
  /** Processors, or null: all there are. */
  cpus: number | null;
}

const MB = 1024 * 1024;
/** As the docker driver asks for: a share is had in small portions, so that a short call waits little for the next. */
const CPU_PERIOD_US = 20_000;
const SMALLEST_QUOTA_US = 1_000;
/** Threads count as well; as many as a container gets. */
const MAX_PROCESSES = 1024;

/** Work may come meanwhile, and waits for it. */
const FREEZE_MS = 200;
/** A process in uninterruptible sleep dies only when the kernel lets it; waiting for it has an end. */
const PATIENCE_MS = 10_000;

export class ControlGroup {
  readonly #places: readonly Place[];
  /** Open while it is frozen: thawing is then one write. */
  #freezer: FileHandle | undefined;

  constructor(places: readonly Place[]) {
    this.#places = places;
  }

  /** Makes the folders and sets the limits. @throws when the system refuses */
  async create(limits: Limits): Promise<void> {
    await Promise.all(this.#places.map(({ folder }) => mkdir(folder)));
    await Promise.all([
      this.#limitMemory(limits.memoryMb),
      this.#limitCpus(limits.cpus),
      this.#limitProcesses(),
    ]);
  }

  /** Takes a process in, with all its threads; what it starts from then on is born inside. */
  async add(pid: number): Promise<void> {
    // The first move of a while waits 10 to 15 ms for the kernel; those right after it are free. So: one after another.
    for (const { folder } of this.#places) await writeFile(join(folder, 'cgroup.procs'), String(pid));
  }

  can(power: Power): boolean {
    return this.#with(power) !== undefined;
  }

  /** False when it cannot be done; then nothing is frozen. */
  async freeze(): Promise<boolean> {
    const place = this.#with('freeze');
    if (!place) return false;
    const [file, word] = place.version === 2 ? ['cgroup.freeze', '1'] : ['freezer.state', 'FROZEN'];
    try {
      this.#freezer ??= await open(join(place.folder, file), 'r+');
      await this.#freezer.write(word, 0);
      // Processes stop when they next leave the kernel. On version 1 reading drives it on.
      for (const giveUpAt = performance.now() + FREEZE_MS; performance.now() < giveUpAt; await sleep(1)) {
        if (await this.#isFrozen(place)) return true;
      }
    } catch {
      // gone, or not ours to write
    }
    await this.thaw();
    return false;
  }

  /** @throws when the group is gone */
  async thaw(): Promise<void> {
    const freezer = this.#freezer;
    this.#freezer = undefined;
    if (!freezer) return;
    try {
      // In this very turn: the kernel takes microseconds, a detour through other threads ten times as long.
      writeSync(freezer.fd, this.#with('freeze')?.version === 2 ? '0' : 'THAWED', 0);
    } finally {
      void freezer.close().catch(() => undefined);
    }
  }

  /** Kills every process in it, also frozen ones and those that are forked meanwhile. False when some do not end. */
  async killAll(): Promise<boolean> {
    const place = this.#with('kill');
    if (!place) return false;
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (let pauseMs = 0.5; ; pauseMs = Math.min(pauseMs * 2, 100)) {
      if (!(await this.#kill(place))) return false;
      if (await this.#isEmpty(place)) return true;
      if (performance.now() > giveUpAt) return false;
      await sleep(pauseMs);
    }
  }

  /** Removes the folders; what is not empty stays. */
  async remove(): Promise<void> {
    await this.#freezer?.close().catch(() => undefined);
    await Promise.all(this.#places.map(({ folder }) => rmdir(folder).catch(() => undefined)));
  }

  /** Figures of all its processes together, those that have ended included. */
  async usage(): Promise<{ peakKb: number | null; cpuMs: number | null }> {
    const [peak, cpu] = await Promise.all([
      this.#read('memory', ['memory.max_usage_in_bytes', 'memory.peak']),
      this.#read('cpuacct', ['cpuacct.usage', 'cpu.stat']),
    ]);
    const nanoseconds = numberIn(cpu, /^(\d+)/);
    const microseconds = numberIn(cpu, /usage_usec (\d+)/);
    const peakBytes = numberIn(peak, /^(\d+)/);
    return {
      peakKb: peakBytes === null ? null : Math.round(peakBytes / 1024),
      cpuMs: nanoseconds === null ? microseconds && microseconds / 1e3 : nanoseconds / 1e6,
    };
  }

  /** How many of its processes the kernel has killed for want of memory. */
  async memoryKills(): Promise<number> {
    const text = await this.#read('memory', ['memory.oom_control', 'memory.events']);
    return numberIn(text, /oom_kill (\d+)/) ?? 0;
  }

  #with(power: Power): Place | undefined {
    return this.#places.find(({ powers }) => powers.has(power));
  }

  async #limitMemory(memoryMb: number): Promise<void> {
    const place = this.#with('memory');
    if (!place) return;
    const bytes = String(memoryMb * MB);
    const [limit, swap, swapLimit] =
      place.version === 2
        ? ['memory.max', 'memory.swap.max', '0']
        : ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes', bytes];
    await writeFile(join(place.folder, limit), bytes);
    // Absent where the kernel does not account for swap.
    await writeFile(join(place.folder, swap), swapLimit, { flag: 'r+' }).catch(() => undefined);
  }

  async #limitCpus(cpus: number | null): Promise<void> {
    const place = this.#with('cpu');
    if (!place || cpus === null) return;
    const quota = Math.max(SMALLEST_QUOTA_US, Math.round(cpus * CPU_PERIOD_US));
    if (place.version === 2) return writeFile(join(place.folder, 'cpu.max'), `${quota} ${CPU_PERIOD_US}`);
    await writeFile(join(place.folder, 'cpu.cfs_period_us'), String(CPU_PERIOD_US));
    await writeFile(join(place.folder, 'cpu.cfs_quota_us'), String(quota));
  }

  async #limitProcesses(): Promise<void> {
    const place = this.#with('pids');
    if (place) await writeFile(join(place.folder, 'pids.max'), String(MAX_PROCESSES));
  }

  async #isFrozen({ version, folder }: Place): Promise<boolean> {
    return version === 2
      ? (await readFile(join(folder, 'cgroup.events'), 'utf8')).includes('frozen 1')
      : (await readFile(join(folder, 'freezer.state'), 'utf8')).startsWith('FROZEN');
  }

  /** False when the group cannot be written; one that is gone counts as killed. */
  async #kill({ version, folder }: Place): Promise<boolean> {
    try {
      if (version === 2) await writeFile(join(folder, 'cgroup.kill'), '1');
      else {
        for (const pid of await membersOf(folder)) signalProcess(pid, 'SIGKILL');
        // The signal reaches a frozen process as soon as it is thawed, before it runs.
        await this.#thawForKill(folder);
      }
      return true;
    } catch (error) {
      return isGone(error);
    }
  }

  async #thawForKill(folder: string): Promise<void> {
    if (this.#freezer) await this.thaw();
    else await writeFile(join(folder, 'freezer.state'), 'THAWED', { flag: 'r+' });
  }

  async #isEmpty({ version, folder }: Place): Promise<boolean> {
    try {
      return version === 2
        ? (await readFile(join(folder, 'cgroup.events'), 'utf8')).includes('populated 0')
        : (await membersOf(folder)).length === 0;
    } catch (error) {
      return isGone(error);
    }
  }

  async #read(power: Power, [version1, version2]: [string, string]): Promise<string | undefined> {
    const place = this.#with(power);
    const file = place && join(place.folder, place.version === 2 ? version2 : version1);
    return file && (await readFile(file, 'utf8').catch(() => undefined));
  }
}

const membersOf = async (folder: string): Promise<number[]> =>
  (await readFile(join(folder, 'cgroup.procs'), 'latin1')).split('\n').filter(Boolean).map(Number);

function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENODEV';
}

function numberIn(text: string | undefined, pattern: RegExp): number | null {
  const digits = text === undefined ? undefined : pattern.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}
