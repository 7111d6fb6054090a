/** From a request to a deployed function: settle the settings, build, keep. Used with and without a running runtime. */
import { isDeepStrictEqual } from 'node:util';
import type { DeployRequest, DeployResult } from './api.ts';
import { settingsForDeploy } from './config/deploy-settings.ts';
import type { LoadedConfig } from './config/load.ts';
import { assertNoRouteConflicts } from './config/routes.ts';
import { systemClock } from './core/clock.ts';
import { silentLogger } from './core/log.ts';
import type { DeployedFunction, FunctionSettings } from './core/types.ts';
import { createDeployer, type Deployer } from './deploy/index.ts';
import type { FunctionStore } from './store/store.ts';

export interface DeploymentParts {
  functions: FunctionStore;
  deployer: Deployer;
}

/**
 * Builds and keeps the function; what served before stays when anything fails.
 *
 * @throws FaasError BuildFailed, EntryNotFound, SourceNotFound, ConfigInvalid (a route another function has)
 */
export async function deployInto(
  { functions, deployer }: DeploymentParts,
  settings: FunctionSettings,
  origin: DeployedFunction['origin'],
): Promise<DeployResult> {
  const { revision, notes, buildMs } = await deployer.build(settings);
  const others = functions.all().filter((other) => other.settings.name !== settings.name);
  const before = functions.all().find((other) => other.settings.name === settings.name);
  assertNoRouteConflicts([...others.map((other) => other.settings), settings]);
  if (before && before.revision.id === revision.id && isDeepStrictEqual(before.settings, settings)) {
    return { function: before, changed: false, buildMs, notes };
  }
  const deployed = { settings, revision, origin, deployedAt: systemClock.now() };
  functions.save(deployed);
  return { function: deployed, changed: true, buildMs, notes };
}

/** Deploys into the data directory while no runtime runs; the next start serves it. */
export async function deployOffline(request: DeployRequest, loaded: LoadedConfig): Promise<DeployResult> {
  const { openStore } = await import('./store/open.ts');
  const { dataDir } = loaded.config;
  const store = openStore(dataDir, { clock: systemClock, log: silentLogger });
  const deployer = createDeployer({ dataDir, target: deployTarget(undefined), log: silentLogger });
  try {
    return await deployInto(
      { functions: store.functions, deployer },
      settingsForDeploy(loaded, request),
      'cli',
    );
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
