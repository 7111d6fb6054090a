/** What is known of a process, and how processes relate. */

export interface ProcessInfo {
  pid: number;
  parent: number;
  group: number;
  /** By a signal: it gets no CPU. */
  isStopped: boolean;
  /** Opaque; tells a process from a later one with the same number. */
  startedAt: string;
  residentKb: number;
  /** The part of `residentKb` that other processes may hold too (program text, files). */
  sharedKb: number;
  /** Own CPU time and that of children that were waited for. */
  cpuMs: number;
}

export interface ProcessTable {
  /** Asking more often than this would be work of its own. */
  readonly shortestPauseMs: number;
  /** Every process we may see, without zombies. */
  all(): Promise<ProcessInfo[]>;
  /** `root` and its descendants, `root` first; empty when it is gone. Cheap. */
  family(root: number): Promise<ProcessInfo[]>;
  one(pid: number): Promise<ProcessInfo | undefined>;
  /** The FAAS_ variables a process was started with; empty where they cannot be read. */
  marks(pid: number): Promise<Record<string, string>>;
  /** The most memory the process ever held; null where it cannot be read. */
  peakKb(pid: number): Promise<number | null>;
}

/** The FAAS_ variables among `NAME=value` texts. */
export function marksIn(variables: string[]): Record<string, string> {
  return Object.fromEntries(
    variables
      .filter((variable) => variable.startsWith('FAAS_'))
      .map((variable) => [
        variable.slice(0, variable.indexOf('=')),
        variable.slice(variable.indexOf('=') + 1),
      ]),
  );
}

/** `roots` and everything below them in a list of processes. */
export function withDescendants(all: ProcessInfo[], isRoot: (info: ProcessInfo) => boolean): ProcessInfo[] {
  const byParent = Map.groupBy(all, (info) => info.parent);
  const found = new Set(all.filter(isRoot));
  for (const info of found) for (const child of byParent.get(info.pid) ?? []) found.add(child);
  return [...found];
}
