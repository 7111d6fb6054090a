/** Where the figures were taken; without it they mean nothing. */
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem, type as osType } from 'node:os';
import { engineVersion } from './yardsticks/engine.ts';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  os: string;
  node: string;
  /** Version of the container engine, or null when none answers. */
  engine: string | null;
  /** Of the last minute, before the bench began: above a fraction of the cores, others were at work too. */
  loadBefore: number;
}

export const describeMachine = async (): Promise<Machine> => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  os: `${osType()} ${release()}`,
  node: process.versions.node,
  engine: await engineVersion(),
  loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
});

/** The commit that is checked out, with a + when files differ from it; null outside of a checkout. */
export function commit(folder: string): string | null {
  const git = (...args: string[]): string | null => {
    const { status, stdout } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : null;
  };
  const hash = git('rev-parse', '--short=12', 'HEAD');
  if (hash === null) return null;
  return git('status', '--porcelain', '--untracked-files=no', '--', 'runtime', 'gateway', 'cli') === ''
    ? hash
    : `${hash}+`;
}
