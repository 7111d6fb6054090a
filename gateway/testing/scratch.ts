/** A runtime in this process, on free ports, in a folder of its own that goes with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runtime } from '../../runtime/api.ts';
import type { LoadedConfig } from '../../runtime/config/load.ts';
import { systemClock } from '../../runtime/core/clock.ts';
import { createLogger, type Logger } from '../../runtime/core/log.ts';
import type { DeployedFunction } from '../../runtime/core/types.ts';
import { createRuntime } from '../../runtime/runtime.ts';
import type { Driver } from '../../runtime/sandbox/sandbox.ts';
import { openStore } from '../../runtime/store/open.ts';
import { startGateways } from '../index.ts';
import { scratchPrefix, sweepScratches } from './dead-scratches.ts';

export interface ScratchOptions {
  /** Its ports and its data directory are replaced. */
  loaded: LoadedConfig;
  /** Where the folder is made. */
  parentDir: string;
  /** What is there already, with artifacts that stay where they are. */
  deployed?: readonly DeployedFunction[];
  log?: Logger;
  /** Instead of the configured one. */
  driver?: Driver;
  onProgress?: (message: string) => void;
}

export interface Scratch {
  runtime: Runtime;
  url: string;
  adminUrl: string;
  awsEndpoint: string;
  /** Of the administration. */
  token: string;
  /** Ends every sandbox, closes the ports, removes the folder. */
  close(): Promise<void>;
}

/** Rejects with what starting a runtime may; then nothing is left of it. */
export async function startScratch(options: ScratchOptions): Promise<Scratch> {
  const { parentDir, deployed = [], driver, onProgress } = options;
  const log = options.log ?? createLogger('error');
  await sweepScratches({ parentDir, docker: options.loaded.config.docker, log });
  const dataDir = await mkdtemp(join(parentDir, scratchPrefix()));
  const remove = (): Promise<void> => rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  let runtime: Runtime | undefined;
  try {
    const loaded = inFolder(options.loaded, dataDir);
    seed(dataDir, deployed, log);
    runtime = await createRuntime({
      loaded,
      log,
      ...(driver && { driver }),
      ...(onProgress && { onProgress }),
    });
    const opened = runtime;
    const gateways = await startGateways(opened, { ...loaded.config, version: '0.0.0' });
    const { url, adminUrl, awsEndpoint, token } = gateways;
    const close = async (): Promise<void> => {
      await Promise.all([gateways.close({ drainMs: 0 }), opened.close({ drainMs: 0 })]);
      await remove();
    };
    return { runtime: opened, url, adminUrl, awsEndpoint, token, close };
  } catch (error) {
    await runtime?.close({ drainMs: 0 });
    await remove();
    throw error;
  }
}

const NO_TRACES = { headers: {}, serviceName: 'faas', sampleRate: 0 };

function inFolder(loaded: LoadedConfig, dataDir: string): LoadedConfig {
  const ports = { host: '127.0.0.1', port: 0, adminPort: 0, awsPort: 0, tls: false };
  const { telemetry } = loaded.config;
  // What the environment says of traces is meant for the runtime that serves.
  const silent = telemetry?.otlpEndpoint === undefined && { telemetry: NO_TRACES };
  return { ...loaded, config: { ...loaded.config, ...ports, ...silent, dataDir } };
}

function seed(dataDir: string, deployed: readonly DeployedFunction[], log: Logger): void {
  if (deployed.length === 0) return;
  const store = openStore(dataDir, { clock: systemClock, log });
  for (const one of deployed) store.functions.save(one);
  store.close();
}
