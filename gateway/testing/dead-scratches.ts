/**
 * The folders of throw-away runtimes that were killed. Each is named after the process it belongs to, so that one that
 * is just being set up is told from one that nobody will remove.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaasConfig } from '../../runtime/config/schema.ts';
import { toFaasError } from '../../runtime/core/errors.ts';
import type { Logger } from '../../runtime/core/log.ts';
import { processLives } from '../../runtime/core/process-lives.ts';

const NAME = /^faas-scratch-(\d+)-/u;

/** How the folders of this process begin. */
export const scratchPrefix = (): string => `faas-scratch-${process.pid}-`;

/** Their names; none where there is no such folder. */
export async function deadScratches(parentDir: string): Promise<string[]> {
  const names = await readdir(parentDir).catch(() => []);
  return names.filter((name) => {
    const pid = NAME.exec(name)?.[1];
    return pid !== undefined && !processLives(Number(pid));
  });
}

/** Removes them and what their sandboxes left. What cannot be removed is told, and tried again the next time. */
export async function sweepScratches(options: {
  parentDir: string;
  docker: FaasConfig['docker'];
  log: Logger;
}): Promise<void> {
  const { parentDir, docker, log } = options;
  for (const name of await deadScratches(parentDir)) {
    const dataDir = join(parentDir, name);
    try {
      const { sweepSessions } = await import('../../runtime/sandbox/choose-driver.ts');
      await sweepSessions({ config: { dataDir, docker }, log });
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    } catch (error) {
      log.warn(`cannot remove ${dataDir}: ${toFaasError(error).message}`);
    }
  }
}
