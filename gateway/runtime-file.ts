/** `runtime.json` in the data directory: where the running runtime is, and the token that opens its administration. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaasError } from '../runtime/core/errors.ts';

export interface RuntimeFile {
  pid: number;
  sessionId: string;
  url: string;
  adminUrl: string;
  awsEndpoint: string;
  awsTlsEndpoint?: string;
  caFile?: string;
  token: string;
  /** Epoch milliseconds. */
  startedAt: number;
  version: string;
}

const pathIn = (dataDir: string): string => join(dataDir, 'runtime.json');

/** Whole or not at all, and readable by this user alone from the first byte on. */
export function writeRuntimeFile(dataDir: string, content: RuntimeFile): void {
  const path = pathIn(dataDir);
  const draft = `${path}.${content.sessionId}`;
  try {
    // A leftover would keep its own mode.
    rmSync(draft, { force: true });
    writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new FaasError('StoreFailed', `${path} cannot be written`, {
      expected: 'a data directory this user may write to',
      got: (error as Error).message,
      remedy: 'check the owner and the free space of the data directory',
      cause: error,
    });
  }
}

/** Removes it, unless another session has written its own meanwhile. */
export function removeRuntimeFile(dataDir: string, sessionId: string): void {
  const path = pathIn(dataDir);
  try {
    const written = JSON.parse(readFileSync(path, 'utf8')) as Partial<RuntimeFile>; // written by writeRuntimeFile
    if (written.sessionId === sessionId) rmSync(path, { force: true });
  } catch {
    // Gone or damaged already: nothing of ours is left to remove.
  }
}
