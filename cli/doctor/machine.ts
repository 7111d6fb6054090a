import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { FaasConfig } from '../../runtime/config/schema.ts';
import { formatBytes } from '../terminal/format.ts';
import { fail, ok, warn, type Check } from './check.ts';

const OLDEST_NODE = [22, 18] as const;
/** Images, artifacts and objects need room; below this the next deploy may be the one that fails. */
const LITTLE_SPACE_BYTES = 512 * 1024 * 1024;

export function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const found = `${process.versions.node}, ${process.platform} ${process.arch}`;
  const isNewEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return isNewEnough
    ? ok('Node', found)
    : fail('Node', found, `install Node ${OLDEST_NODE.join('.')} or newer`);
}

/** It need not exist yet; then the nearest folder that does must allow to make it. */
export function checkDataDir(dataDir: string): Check {
  let folder = dataDir;
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    return fail(
      'data directory',
      `${folder} may not be written`,
      'change its owner, or choose another: --data-dir DIR',
    );
  }
  const { bavail, bsize } = statfsSync(folder);
  const found = `${dataDir}, ${formatBytes(bavail * bsize)} free`;
  return bavail * bsize < LITTLE_SPACE_BYTES
    ? warn('data directory', found, 'free some space, or faas clean')
    : ok('data directory', found);
}

/** A port that our own runtime holds is as good as a free one. */
export async function checkPorts(config: FaasConfig, isRunning: boolean): Promise<Check[]> {
  if (isRunning) return [];
  const ports = [
    ['port', config.port, '--port'],
    ['admin port', config.adminPort, '--admin-port'],
    ['AWS port', config.awsPort, '--aws-port'],
  ] as const;
  return Promise.all(
    ports.map(async ([name, port, flag]) => {
      const problem = port === 0 ? undefined : await bindProblem(config.host, port);
      if (problem === undefined) return ok(name, port === 0 ? 'any free one' : `${port} is free`);
      return fail(
        name,
        `${port} cannot be used: ${problem}`,
        `stop the program that has it, or choose another: ${flag} N`,
      );
    }),
  );
}

function bindProblem(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
