/** macOS and the BSDs: `ps`, which has what we need but takes a process to ask. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { marksIn, withDescendants, type ProcessInfo, type ProcessTable } from './process-info.ts';

const run = promisify(execFile);
const COLUMNS = 'pid=,ppid=,pgid=,rss=,stat=,time=,lstart=';
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export const portableTable: ProcessTable = {
  shortestPauseMs: 250,
  async all() {
    const text = await ps(['-axo', COLUMNS]);
    return text
      .split('\n')
      .map(parseLine)
      .filter((info) => info !== undefined);
  },
  async family(root) {
    const family = withDescendants(await this.all(), (info) => info.pid === root);
    return family.toSorted((a, b) => Number(b.pid === root) - Number(a.pid === root));
  },
  async one(pid) {
    return parseLine((await ps(['-o', COLUMNS, '-p', String(pid)])).trim());
  },
  async marks(pid) {
    return marksIn((await ps(['-E', '-ww', '-o', 'command=', '-p', String(pid)])).split(/\s+/));
  },
  peakKb: async () => null,
};

/** Empty when `ps` finds nothing, which it reports as a failure. */
async function ps(args: string[]): Promise<string> {
  try {
    return (await run('ps', args, { maxBuffer: MAX_OUTPUT_BYTES })).stdout;
  } catch {
    return '';
  }
}

/** @internal */
export function parseLine(line: string): ProcessInfo | undefined {
  const [pid, parent, group, rss, stat, time, ...started] = line.trim().split(/\s+/);
  if (!pid || stat === undefined || time === undefined || stat.startsWith('Z')) return undefined;
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    isStopped: stat.startsWith('T'),
    startedAt: started.join(' '),
    residentKb: Number(rss),
    sharedKb: 0,
    cpuMs: parseTime(time),
  };
}

/** `[[d-]h:]m:s[.cc]` */
function parseTime(time: string): number {
  const [clock = '', days = '0'] = time.split('-').toReversed();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
}
