/** The driver that was handed in, or the configured one with the code that runs inside its sandboxes. */
import { join } from 'node:path';
import type { Logger } from './core/log.ts';
import { bootstrapFile } from './deploy/bootstrap-bundle.ts';
import type { LoadedConfig } from './config/load.ts';
import type { Driver } from './sandbox/sandbox.ts';
import { startDriver, type DriverChoice } from './sandbox/choose-driver.ts';

export type OpenedDriver = Omit<DriverChoice, 'name'> & { name: DriverChoice['name'] | 'fake' };

interface Wishes {
  loaded: LoadedConfig;
  driver?: Driver;
  onProgress?: (message: string) => void;
}

export async function openDriver(
  { driver, onProgress, loaded }: Wishes,
  sessionId: string,
  log: Logger,
): Promise<OpenedDriver> {
  if (driver) {
    await driver.start();
    return { name: 'fake', reason: 'it was handed in', driver };
  }
  const bootstrap = await bootstrapFile(join(loaded.config.dataDir, 'cache'));
  const base = { config: loaded.config, sessionId, bootstrapFile: bootstrap, log };
  return startDriver(onProgress === undefined ? base : { ...base, onProgress });
}
