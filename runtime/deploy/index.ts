/** Deploying, as the runtime sees it: settings in, an immutable revision out. */
import { existsSync, realpathSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FaasError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { FunctionSettings, Revision } from '../core/types.ts';
import { ArtifactStore } from './artifact-store.ts';
import { BuildMemory } from './build-memory.ts';
import { createPackageCarrier } from './carry-packages.ts';
import { dependenciesOfFailure, type Dependencies } from './dependencies.ts';
import { runEsbuild, stopEsbuild } from './esbuild-service.ts';
import { IncrementalBundles } from './incremental.ts';
import { makeRevision, type Made } from './make-revision.ts';
import type { Platform } from './platform.ts';
import { scanFolder, type Scan } from './scan.ts';
import { stampAll, type Stamps } from './stamps.ts';

export interface DeployerOptions {
  dataDir: string;
  /** Where functions run: the driver's platform. */
  target: Platform;
  log: Logger;
  /** Keeps what the bundler has parsed, for functions that are built again and again. */
  incremental?: boolean | undefined;
  /** The function that a debugger is going to be attached to. */
  debugged?: string | undefined;
}

export interface Build {
  revision: Revision;
  /** What the user should know: files kept out, warnings, doubts. */
  notes: string[];
  buildMs: number;
  /** The content was there already. */
  reused: boolean;
}

export interface Deployer {
  /** @throws FaasError SourceNotFound, EntryNotFound, BuildFailed, StoreFailed */
  build(settings: FunctionSettings): Promise<Build>;
  /** What the latest build of the function, a failed one too, depended on. */
  dependencies(functionName: string): Dependencies | undefined;
  /** Frees what is kept for a function that is gone. */
  forget(functionName: string): Promise<void>;
  /** Removes artifacts that are neither in `keep` nor the last build of a function. */
  prune(keep: Set<string>): Promise<void>;
  /** Waits for builds under way and stops the bundler. */
  close(): Promise<void>;
}

/** A folder that changes while it is built is built anew, this often at most. */
const MOST_ATTEMPTS = 3;

export function createDeployer(options: DeployerOptions): Deployer {
  const { dataDir: givenDataDir, target, log, incremental = false, debugged } = options;
  const dataDir = realPathOf(resolve(givenDataDir));
  const store = new ArtifactStore(dataDir);
  const memory = new BuildMemory(dataDir);
  const carryPackages = createPackageCarrier();
  const latest = new Map<string, string>();
  const dependencies = new Map<string, Dependencies>();
  const bundles = new Map<string, IncrementalBundles>();
  const underWay = new Set<Promise<unknown>>();
  let swept: Promise<void> | undefined;
  let pruned: Promise<void> | undefined;

  async function build(settings: FunctionSettings): Promise<Build> {
    const started = performance.now();
    swept ??= store.sweep();
    await Promise.allSettled([swept, pruned]);
    const source = await folderOf(settings).catch((error: unknown) => {
      failed(settings, settings.source, undefined, error);
      throw error;
    });
    const made = (await recall(settings, source)) ?? (await make(settings, source));
    latest.set(settings.name, made.revision.id);
    const buildMs = Math.round((performance.now() - started) * 1000) / 1000;
    log.debug(`build of ${settings.name}: ${made.revision.id} in ${buildMs} ms`);
    return { revision: made.revision, notes: made.notes, buildMs, reused: made.reused };
  }

  const keyOf = (settings: FunctionSettings, source: string): unknown[] => [
    source,
    settings.handler ?? null,
    target.os,
    target.arch,
    ...(settings.name === debugged ? ['debug'] : []),
  ];

  async function recall(
    settings: FunctionSettings,
    source: string,
  ): Promise<Omit<Made, 'dependsOn'> | undefined> {
    const known = await memory.recall(keyOf(settings, source));
    if (!known || !(await store.has(known.revision.id))) return undefined;
    const { notes, revision } = known;
    const artifactDir = store.dirOf(revision.id);
    dependencies.set(settings.name, { source, stamps: known.stamps, settled: true });
    return { notes, reused: true, revision: { ...revision, functionName: settings.name, artifactDir } };
  }

  async function make(settings: FunctionSettings, source: string): Promise<Made> {
    const kept = incremental ? bundlesOf(settings.name) : undefined;
    const run = kept?.run ?? runEsbuild;
    const debug = settings.name === debugged;
    for (let attempt = 1; ; attempt += 1) {
      const since = Date.now();
      const retry = attempt < MOST_ATTEMPTS;
      const request = { settings, source, dataDir, target, store, carryPackages, run, debug };
      const made = await makeRevision(request).catch(async (error: unknown) => {
        const scan = await scanFolder(source, dataDir).catch(() => undefined);
        // A file read while it is being written is half a file: no error to bother anyone with.
        if (retry && scan && hasChanged(scan, since)) return undefined;
        failed(settings, source, scan, error);
        throw error;
      });
      if (!made) continue;
      const stamps = stampAll(made.dependsOn, since);
      if (stamps.changed && retry) continue;
      if (stamps.changed) {
        made.notes.push('files changed while they were built: deploy again when they are at rest');
      }
      dependencies.set(settings.name, { ...stamps, source });
      if (stamps.settled) await remember(settings, source, made, stamps);
      await kept?.settled();
      return made;
    }
  }

  function failed(settings: FunctionSettings, source: string, scan: Scan | undefined, error: unknown): void {
    const before = dependencies.get(settings.name)?.stamps.map(([path]) => path) ?? [];
    const paths = dependenciesOfFailure(source, scan, before, error);
    dependencies.set(settings.name, { source, ...stampAll(paths, Date.now()), settled: false });
  }

  function bundlesOf(name: string): IncrementalBundles {
    const kept = bundles.get(name) ?? new IncrementalBundles();
    bundles.set(name, kept);
    return kept;
  }

  /** No build is under way meanwhile: what one has just stored, nobody keeps yet. */
  async function pruneAll(keep: ReadonlySet<string>): Promise<void> {
    await store.prune(new Set([...keep, ...latest.values()]));
    await memory.prune((id) => store.has(id));
  }

  /** Only a cache: a disk that is full shall not fail a deploy that is done. */
  async function remember(
    settings: FunctionSettings,
    source: string,
    made: Made,
    stamps: Stamps,
  ): Promise<void> {
    await memory.remember(keyOf(settings, source), made, stamps).catch((error: unknown) => {
      log.debug(`the build of ${settings.name} is not remembered: ${String(error)}`);
    });
  }

  return {
    build: (settings) => track(build(settings)),
    dependencies: (functionName) => dependencies.get(functionName),
    async forget(functionName) {
      dependencies.delete(functionName);
      await bundles.get(functionName)?.dispose();
      bundles.delete(functionName);
    },
    async prune(keep) {
      const before = [...underWay];
      pruned = Promise.allSettled([pruned, ...before]).then(() => pruneAll(keep));
      await pruned;
    },
    async close() {
      await Promise.allSettled(underWay);
      await Promise.all([...bundles.values()].map((kept) => kept.dispose()));
      await stopEsbuild();
    },
  };

  async function track<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    try {
      return await work;
    } finally {
      underWay.delete(work);
    }
  }
}

const hasChanged = ({ files, folders }: Scan, since: number): boolean =>
  stampAll([...files.map(({ from }) => from), ...folders], since).changed;

/** With its links resolved as far as it exists, so that it is recognised inside of a function folder. */
function realPathOf(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return path === dirname(path) ? path : join(realPathOf(dirname(path)), basename(path));
}

async function folderOf(settings: FunctionSettings): Promise<string> {
  const stats = await stat(settings.source).catch(() => undefined);
  if (stats?.isDirectory()) return realpath(settings.source);
  throw new FaasError('SourceNotFound', `the folder of function ${settings.name} was not found`, {
    expected: 'a folder with the function’s code',
    got: stats ? `${settings.source}, which is no folder` : `${settings.source}, which does not exist`,
    remedy: 'correct the source setting or the path given to faas deploy',
  });
}
