import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { FaasError } from '../core/errors.ts';
import { findConfigFile } from './find.ts';
import { readConfigFile } from './read-file.ts';
import { recall, remember } from './remembered.ts';
import type { FaasConfig } from './schema.ts';
import type { OptionOrigin } from './sources.ts';

export interface LoadConfigOptions {
  /** Where relative paths of flags and variables begin, and where the search for a file does. */
  cwd: string;
  /** The file to read instead of searching for one. */
  configFile?: string | undefined;
  dataDir?: string | undefined;
  env: NodeJS.ProcessEnv;
  /** By the flag's name in camel case (`adminPort`); others than the schema's are ignored. */
  flags: Record<string, unknown>;
}

export interface LoadedConfig {
  config: FaasConfig;
  /** Absolute path of the file that was read, or null when there is none. */
  configFile: string | null;
  /** Each setting, its value as one would write it, and where it came from. */
  origins: OptionOrigin[];
  /** What the file says of each function, unchecked: what `faas deploy` lays its flags over. */
  rawFunctions: Record<string, unknown>;
  /** Every file that was read; what `faas dev` watches. */
  files: string[];
  /** Since when a change of them may have been missed, epoch milliseconds. */
  readAt: number;
}

/**
 * Finds, runs, merges and checks the configuration. Without a file it is that of an empty one.
 *
 * @throws FaasError ConfigNotFound; ConfigInvalid, naming every problem at once
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const readAt = Date.now();
  const { cwd, env } = options;
  const configFile = locate(options);
  const { value, files } = configFile ? await readConfigFile(configFile) : { value: {}, files: [] };
  const flags = { ...options.flags, ...(options.dataDir !== undefined && { dataDir: options.dataDir }) };
  const written = { value, configFile, cwd, env, flags };
  const remembered = recall(written);
  if (remembered) return { ...remembered, configFile, files, readAt };
  const { checkConfig } = await import('./check.ts');
  const checked = checkConfig(written);
  remember(written, checked);
  return { ...checked, configFile, files, readAt };
}

function locate({ cwd, configFile }: LoadConfigOptions): string | null {
  if (configFile === undefined) return findConfigFile(cwd);
  const file = resolve(cwd, configFile);
  if (existsSync(file) && statSync(file).isFile()) return file;
  throw new FaasError('ConfigNotFound', `there is no configuration file ${configFile}`, {
    expected: 'the path of a faas.config.ts',
    got: existsSync(file) ? `${file}, which is a folder` : `${file}, which does not exist`,
    remedy: 'correct --config, or leave it out to search from the working directory upwards',
  });
}
