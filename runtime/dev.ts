/** `faas dev`: what is saved is built, deployed and takes over; what the configuration says is done, without a restart. */
import { realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DeployResult, Runtime } from './api.ts';
import { CONFIG_FILE_NAMES } from './config/find.ts';
import type { LoadedConfig } from './config/load.ts';
import { changedSettings } from './config/changed-settings.ts';
import type { Clock } from './core/clock.ts';
import { toFaasError, type FaasError } from './core/errors.ts';
import type { DeployedFunction, FunctionSettings } from './core/types.ts';
import type { Deployer } from './deploy/index.ts';
import { stampAll } from './deploy/stamps.ts';
import { RebuildLoop, type RebuildWork } from './deploy/watch/rebuild-loop.ts';
import { SourceWatch } from './deploy/watch/source-watch.ts';
import type { FunctionStore } from './store/store.ts';

/** What a person at a terminal wants to know. */
export type DevReport =
  | {
      kind: 'deployed';
      function: DeployedFunction;
      buildMs: number;
      /** From the save until every new call gets it. */
      liveMs: number;
      files: string[];
      notes: string[];
    }
  /** It does not build, or does not start; what was there before goes on serving. */
  | { kind: 'failed'; name: string; files: string[]; error: FaasError; serving: string | null }
  /** It had failed, and is now what is deployed already. */
  | { kind: 'recovered'; function: DeployedFunction; files: string[] }
  | { kind: 'removed'; name: string }
  | { kind: 'config-failed'; error: FaasError }
  /** The configuration was read anew; these settings of it need a restart. */
  | { kind: 'configured'; loaded: LoadedConfig; needRestart: string[] }
  | { kind: 'warning'; message: string };

export interface DevParts {
  runtime: Pick<Runtime, 'events' | 'remove' | 'instances'>;
  clock: Clock;
  deployer: Pick<Deployer, 'dependencies' | 'forget' | 'prune'>;
  /** All that is deployed, with the settings it was deployed with. */
  functions: Pick<FunctionStore, 'all' | 'keepRevisions'>;
  /** Rejects when the function does not build or start. */
  deploy: (settings: FunctionSettings, origin: DeployedFunction['origin']) => Promise<DeployResult>;
  loaded: LoadedConfig;
  reload: () => Promise<LoadedConfig>;
  report: (report: DevReport) => void;
}

export interface DevSession {
  /** Builds nothing more; resolves when no build is under way. */
  close(): Promise<void>;
}

const BUILDS_TO_A_PRUNE = 20;

/** No function can be called this. */
const CONFIG = 'faas.config';

export function startDev(parts: DevParts): DevSession {
  const session = new Session(parts);
  session.start();
  return session;
}

class Session implements DevSession {
  readonly #parts: DevParts;
  readonly #watch: SourceWatch;
  readonly #loops = new Map<string, RebuildLoop>();
  readonly #failed = new Set<string>();
  readonly #root: string;
  #builds = 0;
  #closed = false;
  #loaded: LoadedConfig;

  constructor(parts: DevParts) {
    this.#parts = parts;
    this.#loaded = parts.loaded;
    const { configFile } = parts.loaded;
    this.#root = realpathSync(configFile === null ? process.cwd() : dirname(configFile));
    this.#watch = new SourceWatch({
      root: this.#root,
      onChange: (name, path) => this.#loop(name).changed(path),
      onError: (message) => parts.report({ kind: 'warning', message }),
    });
  }

  start(): void {
    const { changed, paths } = this.#followConfig();
    // Between the first reading and now nobody watched.
    if (changed) this.#loop(CONFIG).changed(paths[0] ?? this.#root);
    for (const { name } of this.#loaded.config.functions) this.#follow(name);
    for (const { settings } of this.#parts.functions.all()) this.#follow(settings.name);
    // Also what `faas deploy` and `faas rm` do meanwhile.
    this.#parts.runtime.events.on('deployed', this.#onDeployed).on('removed', this.#onRemoved);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#parts.runtime.events.off('deployed', this.#onDeployed).off('removed', this.#onRemoved);
    await this.#watch.close();
    await Promise.all([...this.#loops.values()].map((loop) => loop.close()));
  }

  readonly #onDeployed = ({ settings: { name } }: DeployedFunction): void => {
    // What is built here is followed when it is done.
    if (!this.#loops.get(name)?.isBuilding) this.#follow(name);
  };
  readonly #onRemoved = (name: string): void => void this.#forget(name);

  #loop(name: string): RebuildLoop {
    const known = this.#loops.get(name);
    if (known) return known;
    const loop = new RebuildLoop({
      clock: this.#parts.clock,
      isHalfWritten: (files) => this.#watch.isHalfWritten(name, files),
      build: (work) => (name === CONFIG ? this.#configure(work) : this.#rebuild(name, work)),
    });
    this.#loops.set(name, loop);
    // A build that was under way may have found what else to build.
    if (this.#closed) void loop.close();
    return loop;
  }

  #stored(name: string): DeployedFunction | undefined {
    return this.#parts.functions.all().find(({ settings }) => settings.name === name);
  }

  // --- functions ----------------------------------------------------------------------------------

  /** Watches what the latest build depended on; one that was not built in this session is looked at once. */
  #follow(name: string): void {
    const target = this.#target(name);
    if (!target) return;
    const dependencies = this.#parts.deployer.dependencies(name);
    if (dependencies) this.#watch.put(name, dependencies);
    else this.#loop(name).changed(target.settings.source);
  }

  /** By hand or by the configuration: who deployed it says how it is deployed again. */
  #target(name: string): Pick<DeployedFunction, 'settings' | 'origin'> | undefined {
    const deployed = this.#stored(name);
    if (deployed?.origin === 'cli') return deployed;
    const settings = this.#loaded.config.functions.find((one) => one.name === name);
    return settings && { settings, origin: 'config' };
  }

  async #rebuild(name: string, work: RebuildWork): Promise<void> {
    const target = this.#target(name);
    if (!target) return;
    const { report, deploy, clock } = this.#parts;
    const known = this.#knownPaths(name);
    const filesOf = (): string[] => worthNaming(work.files, [...known, ...this.#knownPaths(name)]);
    try {
      const { function: deployed, changed, buildMs, notes } = await deploy(target.settings, target.origin);
      const had = this.#failed.delete(name);
      const liveMs = clock.now() - work.savedAt;
      const files = filesOf();
      if (changed) report({ kind: 'deployed', function: deployed, buildMs, liveMs, files, notes });
      else if (had) report({ kind: 'recovered', function: deployed, files });
    } catch (error) {
      // Half of a save is no news: the other half is about to be built.
      if (await this.#loop(name).isOvertaken()) return this.#follow(name);
      this.#failed.add(name);
      const serving = this.#stored(name)?.revision.id;
      const told = { name, files: filesOf(), error: toFaasError(error), serving: serving ?? null };
      report({ kind: 'failed', ...told });
    }
    this.#follow(name);
    await this.#prune();
  }

  /** Each save leaves a revision; those that nobody runs, and nobody may want back, go. */
  async #prune(): Promise<void> {
    this.#builds += 1;
    if (this.#builds % BUILDS_TO_A_PRUNE > 0) return;
    const { runtime, functions, deployer } = this.#parts;
    const running = runtime.instances().map(({ revision }) => revision);
    // What cannot be removed now is removed by the next start.
    await deployer.prune(new Set([...functions.keepRevisions(), ...running])).catch(() => undefined);
  }

  #knownPaths(name: string): string[] {
    return this.#parts.deployer.dependencies(name)?.stamps.map(([path]) => path) ?? [];
  }

  async #forget(name: string): Promise<void> {
    // It may be listed and have been removed by hand only: the next start brings it back, a save does not.
    this.#watch.remove(name);
    const loop = this.#loops.get(name);
    this.#loops.delete(name);
    this.#failed.delete(name);
    await loop?.close();
    await this.#parts.deployer.forget(name);
  }

  // --- configuration ------------------------------------------------------------------------------

  #followConfig(): { paths: string[]; changed: boolean } {
    const { configFile, files, readAt } = this.#loaded;
    const folder = configFile === null ? this.#root : dirname(configFile);
    const paths = [...files, ...CONFIG_FILE_NAMES.map((name) => join(folder, name))];
    const { stamps, settled } = stampAll(paths, readAt);
    this.#watch.put(CONFIG, { source: folder, stamps, settled: false });
    return { paths, changed: !settled };
  }

  async #configure({ files }: RebuildWork): Promise<void> {
    const before = this.#loaded;
    try {
      this.#loaded = await this.#parts.reload();
    } catch (error) {
      this.#failed.add(CONFIG);
      this.#followConfig();
      this.#parts.report({ kind: 'config-failed', error: toFaasError(error) });
      return;
    }
    this.#followConfig();
    const had = this.#failed.delete(CONFIG);
    if (!had && isDeepStrictEqual(before.config, this.#loaded.config)) return;
    const needRestart = changedSettings(before.config, this.#loaded.config);
    this.#parts.report({ kind: 'configured', loaded: this.#loaded, needRestart });
    await this.#removeUnlisted(before.config.functions);
    for (const settings of this.#loaded.config.functions) {
      const old = before.config.functions.find(({ name }) => name === settings.name);
      if (!isDeepStrictEqual(old, settings)) this.#loop(settings.name).changed(files[0] ?? settings.source);
    }
  }

  async #removeUnlisted(before: readonly FunctionSettings[]): Promise<void> {
    for (const { name } of before) {
      if (this.#target(name)) continue;
      await this.#forget(name);
      if (this.#stored(name)) await this.#parts.runtime.remove(name);
      this.#parts.report({ kind: 'removed', name });
    }
  }
}

/** Without what came and went, such as a file that an editor writes and renames, and without the folders of the rest. */
function worthNaming(files: string[], known: string[]): string[] {
  const names = new Set(known);
  const named = files.filter((file) => names.has(file));
  const specific = named.filter((path) => !named.some((other) => other.startsWith(path + sep)));
  return specific.length > 0 ? specific : files;
}
