/** From a request to a deployed function: settle the settings, build, keep. Used with and without a running runtime. */
import { basename, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DeployRequest, DeployResult } from './api.ts';
import type { LoadedConfig } from './config/load.ts';
import { resolveFunction } from './config/resolve-function.ts';
import { assertNoRouteConflicts } from './config/routes.ts';
import { systemClock } from './core/clock.ts';
import { silentLogger } from './core/log.ts';
import type { DeployedFunction, FunctionSettings } from './core/types.ts';
import { createDeployer, type Deployer } from './deploy/index.ts';
import type { FunctionStore } from './store/store.ts';

/**
 * The settings a request asks for: its own over the configuration's over the defaults.
 *
 * @throws FaasError ConfigInvalid
 */
export function settingsOf(request: DeployRequest, { config, rawFunctions }: LoadedConfig): FunctionSettings {
  const source = resolve(request.source);
  const listed = config.functions.find(
    (settings) => settings.name === request.name || settings.source === source,
  );
  const name = request.name ?? listed?.name ?? basename(source);
  const configured = Object.hasOwn(rawFunctions, name) ? rawFunctions[name] : {};
  const merged = merge(asObject(configured), request.overrides ?? {});
  return resolveFunction(name, { ...merged, source }, source, ['functions', name]);
}

/** Variables are added one by one; every other key replaces what the configuration says. */
function merge(
  configured: Record<string, unknown>,
  overrides: Record<string, unknown>,
): Record<string, unknown> {
  const env = { ...asObject(configured['env']), ...asObject(overrides['env']) };
  return { ...configured, ...overrides, ...(Object.keys(env).length > 0 ? { env } : {}) };
}

// The schema checks the values afterwards.
const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

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
    return await deployInto({ functions: store.functions, deployer }, settingsOf(request, loaded), 'cli');
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
