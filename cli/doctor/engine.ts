import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FaasConfig } from '../../runtime/config/schema.ts';
import { listLeftovers, probeEngine } from '../../runtime/sandbox/docker/index.ts';
import { readRuntimeFile } from '../client/locate.ts';
import { plural } from '../terminal/format.ts';
import { fromError, ok, warn, type Check } from './check.ts';

/** A missing engine is a fault only where docker was asked for. */
export async function checkEngine({ driver, docker }: FaasConfig, env: NodeJS.ProcessEnv): Promise<Check> {
  const probe = await probeEngine(docker, env);
  if (probe.ok) {
    const use = driver === 'process' ? ', not used: the driver is process' : '';
    return ok('container engine', `${probe.version}, API ${probe.apiVersion}, ${probe.url}${use}`);
  }
  if (driver === 'docker') return fromError('container engine', 'fail', probe.error);
  const check = fromError('container engine', driver === 'auto' ? 'warn' : 'ok', probe.error);
  return { ...check, found: `${check.found}; functions run as plain processes, which isolates nothing` };
}

/** What a killed runtime left behind; while one runs, what is there belongs to it. */
export async function checkLeftovers(
  config: FaasConfig,
  env: NodeJS.ProcessEnv,
  isRunning: boolean,
): Promise<Check[]> {
  if (isRunning) return [];
  const { docker, dataDir } = config;
  const probe = await probeEngine(docker, env);
  const containers = probe.ok ? await listLeftovers({ docker, env, dataDir }) : [];
  const folders = namesIn(join(dataDir, 'sandboxes'));
  const left = [
    ...(containers.length > 0 ? [plural(containers.length, 'container')] : []),
    ...(folders.length > 0 ? [`sandboxes of ${plural(folders.length, 'session')}`] : []),
    ...(readRuntimeFile(dataDir) ? ['the address of a runtime that is gone'] : []),
  ];
  if (left.length === 0) return [ok('leftovers', 'none')];
  return [warn('leftovers', left.join(', '), 'faas clean removes them; the next faas start does too')];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
