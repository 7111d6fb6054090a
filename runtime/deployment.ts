/** From a request to a deployed function: settle the settings, build, keep. Used with and without a running runtime. */
import { isDeepStrictEqual } from 'node:util';
import type { EventEmitter } from 'node:events';
import type { DeployRequest, DeployResult, RuntimeEvents } from './api.ts';
import type { LoadedConfig } from './config/load.ts';
import { assertNoRouteConflicts } from './config/routes.ts';
import { systemClock } from './core/clock.ts';
import { silentLogger } from './core/log.ts';
import type { DeployedFunction, FunctionSettings } from './core/types.ts';
import { createDeployer, type Deployer } from './deploy/index.ts';
import { forDebugger, type DebugTarget } from './instance/debugger.ts';
import { initFailed } from './instance/start-failed.ts';
import { recursionNotes } from './invocation/async/recursion.ts';
import type { IfItFails } from './pool/function-pool.ts';
import type { Pools } from './pool/pools.ts';
import type { FunctionStore } from './store/store.ts';

export interface DeploymentParts {
  functions: FunctionStore;
  deployer: Deployer;
}

/**
 * Builds and keeps the function; what served before stays when anything fails. What the configuration lists was held
 * against each other when it was read: two functions of it may swap their routes.
 *
 * @throws FaasError BuildFailed, EntryNotFound, SourceNotFound, ConfigInvalid (a route another function has)
 */
async function deployInto(
  { functions, deployer }: DeploymentParts,
  settings: FunctionSettings,
  origin: DeployedFunction['origin'],
): Promise<{ result: DeployResult; before: DeployedFunction | undefined }> {
  const { revision, notes: buildNotes, buildMs } = await deployer.build(settings);
  const all = functions.all();
  const before = all.find((other) => other.settings.name === settings.name);
  const rivals = all.filter(
    (other) => other !== before && !(origin === 'config' && other.origin === 'config'),
  );
  assertNoRouteConflicts([...rivals.map((other) => other.settings), settings]);
  if (before && before.revision.id === revision.id && isDeepStrictEqual(before.settings, settings)) {
    return { result: { function: before, changed: false, buildMs, notes: buildNotes }, before };
  }
  const notes = [...buildNotes, ...recursionNotes(settings)];
  const deployed = { settings, revision, origin, deployedAt: systemClock.now() };
  functions.save(deployed);
  return { result: { function: deployed, changed: true, buildMs, notes }, before };
}

interface LiveParts extends DeploymentParts {
  pools: Pools;
  events: EventEmitter<RuntimeEvents>;
  debug: DebugTarget | undefined;
}

export type DeployArguments = [
  settings: FunctionSettings,
  origin: DeployedFunction['origin'],
  /** The revision builds, but its first instance does not come up. Default: it is deployed all the same. */
  ifItFails?: IfItFails,
];

/**
 * Deploys into a running runtime; resolves when every new call gets the new revision.
 *
 * @throws FaasError as deployInto; InitFailed, and then what was there before goes on serving
 */
export async function deployLive(
  { pools, events, debug, ...parts }: LiveParts,
  ...[settings, origin, ifItFails]: DeployArguments
): Promise<DeployResult> {
  const { result, before } = await deployInto(parts, settings, origin);
  if (result.changed || !pools.get(settings.name)) {
    const failure = await pools.put(forDebugger(result.function, debug), ifItFails);
    if (failure && before) parts.functions.save(before);
    if (failure) throw initFailed(settings.name, failure);
  }
  if (result.changed) events.emit('deployed', result.function);
  return result;
}

/** Loads the schema, which a start does without. */
export async function deploySettings(
  loaded: LoadedConfig,
  request: DeployRequest,
): Promise<FunctionSettings> {
  const { settingsForDeploy } = await import('./config/deploy-settings.ts');
  return settingsForDeploy(loaded, request);
}

/** Deploys into the data directory while no runtime runs; the next start serves it. */
export async function deployOffline(request: DeployRequest, loaded: LoadedConfig): Promise<DeployResult> {
  const { openStore } = await import('./store/open.ts');
  const { dataDir } = loaded.config;
  const store = openStore(dataDir, { clock: systemClock, log: silentLogger });
  const deployer = createDeployer({ dataDir, target: deployTarget(undefined), log: silentLogger });
  try {
    const parts = { functions: store.functions, deployer };
    return (await deployInto(parts, await deploySettings(loaded, request), 'cli')).result;
  } finally {
    await deployer.close();
    store.close();
  }
}

/** The platform native packages must be for: containers are Linux, processes are the machine itself. */
export const deployTarget = (driver: string | undefined): { os: NodeJS.Platform; arch: string } => ({
  os: driver === 'docker' ? 'linux' : process.platform,
  arch: process.arch,
});
