import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deadScratches, sweepScratches } from '../../gateway/testing/dead-scratches.ts';
import type { LoadedConfig } from '../../runtime/config/load.ts';
import { newShortId } from '../../runtime/core/ids.ts';
import { createLogger } from '../../runtime/core/log.ts';
import { createDeployer } from '../../runtime/deploy/index.ts';
import { createProcessDriver } from '../../runtime/sandbox/process/index.ts';
import { lockDataDir } from '../../runtime/store/lock.ts';
import type { Context } from '../context.ts';
import { load } from '../load.ts';
import { plural } from '../terminal/format.ts';
import { withProgress } from '../terminal/progress.ts';
import { deployedRevisions } from './store.ts';

export interface CleanOptions {
  all?: boolean;
  dryRun?: boolean;
}

/** What is there to remove, or what was removed. */
interface Found {
  containers: string[];
  images: string[];
  /** Sandboxes of dead sessions, by their folder. */
  sandboxes: string[];
  /** Throw-away runtimes of replays that were killed. */
  replays: string[];
  builds: string[];
  caches: string[];
  dataDir: string | null;
}

/** Removes what earlier sessions left, caches and unused builds; with --all everything in the data directory. */
export async function cleanDataDir(
  context: Context,
  { all = false, dryRun = false }: CleanOptions,
): Promise<void> {
  const { config } = await load(context);
  const found = await withProgress(context, dryRun ? 'looking' : 'cleaning', async () => {
    // Held while files go away, so that no runtime can start in their midst.
    const unlock = existsSync(config.dataDir) ? lockDataDir(config.dataDir) : () => {};
    try {
      const listed = await look(config, all);
      return dryRun ? listed : await remove(context, config, listed);
    } finally {
      unlock();
      if (all && !dryRun) await rm(config.dataDir, { recursive: true, force: true, maxRetries: 3 });
    }
  });
  context.result({ dryRun, ...found }, () => describe(context, found, dryRun));
}

type Config = LoadedConfig['config'];

/** Builds are kept in folders named by their revision; what else is there is not ours to judge. */
const REVISION = /^[0-9a-f]{12}$/u;

async function look(config: Config, all: boolean): Promise<Found> {
  const { dataDir } = config;
  const kept = deployedRevisions(dataDir);
  const builds = await namesIn(join(dataDir, 'artifacts'));
  return {
    containers: await containersLeft(config),
    images: [],
    sandboxes: await namesIn(join(dataDir, 'sandboxes')),
    replays: await deadScratches(dataDir),
    builds: builds.filter((name) => REVISION.test(name) && !kept.has(name)),
    caches: ['cache', 'runtime.json'].filter((name) => existsSync(join(dataDir, name))),
    dataDir: all && existsSync(dataDir) ? dataDir : null,
  };
}

async function remove(context: Context, config: Config, found: Found): Promise<Found> {
  const { dataDir } = config;
  const log = createLogger('warn', (line) => context.note(line));
  const fromEngine = await removeFromEngine(config);
  if (existsSync(dataDir)) {
    // A driver that starts removes what dead sessions left: processes, folders, sockets.
    // It makes no sandbox, so it needs no bootstrap.
    const driver = createProcessDriver({ dataDir, sessionId: newShortId(), log, bootstrapFile: '' });
    await driver.start();
    await driver.close();
    await sweepScratches({ parentDir: dataDir, docker: config.docker, log });
    const deployer = createDeployer({ dataDir, target: { os: process.platform, arch: process.arch }, log });
    await deployer.prune(deployedRevisions(dataDir));
    await deployer.close();
    for (const name of ['cache', 'runtime.json'])
      await rm(join(dataDir, name), { recursive: true, force: true });
  }
  return { ...found, ...fromEngine };
}

/** No engine, no containers: that is no failure of cleaning. */
async function containersLeft({ docker, dataDir }: Config): Promise<string[]> {
  const { listLeftovers, probeEngine } = await import('../../runtime/sandbox/docker/index.ts');
  if (!(await probeEngine(docker, process.env)).ok) return [];
  return (await listLeftovers({ docker, env: process.env, dataDir })).map(({ name }) => name);
}

async function removeFromEngine({ docker, dataDir }: Config): Promise<Pick<Found, 'containers' | 'images'>> {
  const { probeEngine, removeImages, removeLeftovers } =
    await import('../../runtime/sandbox/docker/index.ts');
  const { env } = process;
  if (!(await probeEngine(docker, env)).ok) return { containers: [], images: [] };
  const containers = await removeLeftovers({ docker, env, dataDir });
  return { containers: containers.map(({ name }) => name), images: await removeImages({ docker, env }) };
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

function describe({ colors }: Context, found: Found, dryRun: boolean): string {
  const verb = dryRun ? 'would remove' : 'removed';
  const items: [string[], string][] = [
    [found.containers, 'container'],
    [found.sandboxes, 'sandbox folder'],
    [found.replays, 'folder of a killed replay'],
    [found.builds, 'unused build'],
    [found.images, 'function image'],
    [found.caches, 'cache'],
  ];
  const lines = items
    .filter(([names]) => names.length > 0)
    .map(([names, noun]) => `${verb} ${plural(names.length, noun)}  ${colors.dim(names.join(', '))}`);
  if (found.dataDir !== null) lines.push(`${verb} the data directory  ${colors.dim(found.dataDir)}`);
  return lines.length > 0 ? lines.join('\n') : 'Nothing to remove.';
}
