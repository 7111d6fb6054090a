/** Docker where an engine answers, plain processes otherwise; and the reason, for people. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { toFaasError } from '../core/errors.ts';
import type { FaasConfig } from '../config/schema.ts';
import type { Logger } from '../core/log.ts';
import type { DriverName } from '../core/types.ts';
import type { Engine } from './docker/index.ts';
import type { Driver } from './sandbox.ts';

export interface DriverOptions {
  config: FaasConfig;
  sessionId: string;
  bootstrapFile: string;
  log: Logger;
  /** What takes longer than a second says how far it is. */
  onProgress?: (message: string) => void;
}

export interface DriverChoice {
  name: DriverName;
  reason: string;
  driver: Driver;
}

/**
 * The driver, started.
 *
 * @throws FaasError EngineUnavailable and its kin when docker is demanded and cannot be used
 */
export async function startDriver(options: DriverOptions): Promise<DriverChoice> {
  const { driver: wanted, docker } = options.config;
  if (wanted === 'process') return startProcess(options, 'it was asked for');
  // dockerode is a large module: whoever wants processes does not load it.
  const { probeEngine } = await import('./docker/index.ts');
  const probe = await probeEngine(docker, process.env);
  if (wanted === 'docker') {
    if (!probe.ok) throw probe.error;
    return startDocker(options, 'it was asked for', probe.engine);
  }
  if (!probe.ok) return startProcess(options, probe.error.message);
  try {
    const reason = `an engine answers (${probe.version}, API ${probe.apiVersion})`;
    return await startDocker(options, reason, probe.engine);
  } catch (error) {
    const { message } = toFaasError(error);
    options.log.warn(`an engine answers but cannot be used: ${message}`);
    return startProcess(options, `the engine cannot be used: ${message}`);
  }
}

async function startProcess(options: DriverOptions, reason: string): Promise<DriverChoice> {
  const { createProcessDriver } = await import('./process/index.ts');
  const { config, sessionId, bootstrapFile, log } = options;
  await sweepContainers(options);
  const driver = createProcessDriver({ dataDir: config.dataDir, sessionId, bootstrapFile, log });
  await driver.start();
  return { name: 'process', reason, driver };
}

async function startDocker(options: DriverOptions, reason: string, engine: Engine): Promise<DriverChoice> {
  const { createDockerDriver } = await import('./docker/index.ts');
  const { config, sessionId, bootstrapFile, log, onProgress } = options;
  await sweepProcesses(options);
  const driver = createDockerDriver({
    dataDir: config.dataDir,
    sessionId,
    bootstrapFile,
    log,
    docker: config.docker,
    engine,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  try {
    await driver.start();
  } catch (error) {
    await driver.close();
    throw error;
  }
  return { name: 'docker', reason, driver };
}

/** What dead sessions of a data directory left, on either driver, where no driver is going to start. */
export async function sweepSessions(options: SweepOptions): Promise<void> {
  await sweepContainers(options);
  await sweepProcesses(options);
}

interface SweepOptions {
  config: Pick<FaasConfig, 'dataDir' | 'docker'>;
  log: Logger;
}

// What a session on the other driver left, should it have been killed; only looked for where there was one.

/** The docker driver keeps its folders in one of its own, the process driver has one for each session that lives. */
async function sweepProcesses({ config: { dataDir }, log }: SweepOptions): Promise<void> {
  const folder = join(dataDir, 'sandboxes');
  if (!existsSync(folder) || !readdirSync(folder).some((name) => name !== 'docker')) return;
  const processes = await import('./process/index.ts');
  await processes.sweepProcesses(dataDir, log);
}

async function sweepContainers({ config, log }: SweepOptions): Promise<void> {
  const { dataDir, docker } = config;
  if (!existsSync(join(dataDir, 'sandboxes', 'docker'))) return;
  try {
    const { removeLeftovers } = await import('./docker/index.ts');
    await removeLeftovers({ docker, env: process.env, dataDir });
  } catch (error) {
    log.warn(`containers of an earlier session may be left: ${toFaasError(error).message}`);
  }
}
