import { basename, dirname, resolve } from 'node:path';
import { FaasError } from '../core/errors.ts';
import type { FunctionSettings } from '../core/types.ts';
import type { LoadedConfig } from './load.ts';
import { resolveFunction } from './resolve-function.ts';
import { functionSchema } from './schema.ts';
import { fromText } from './sources.ts';

export interface DeployChoice {
  /** Absolute path of the function folder. */
  source: string;
  name?: string | undefined;
  /** Raw keys as in faas.config.ts; texts of flags are read as the type the key has. */
  overrides?: Record<string, unknown> | undefined;
}

/**
 * The settings of one function that is deployed by hand: flags over configuration over defaults. `env` is merged by
 * variable; every other key replaces the configuration's.
 *
 * @throws FaasError UsageError when the folder is several functions of the configuration and no name says which
 * @throws FaasError ConfigInvalid, naming every problem
 */
export function settingsForDeploy(
  loaded: Pick<LoadedConfig, 'configFile' | 'rawFunctions'>,
  { source, name: chosen, overrides = {} }: DeployChoice,
): FunctionSettings {
  const folder = resolve(source);
  const baseDir = loaded.configFile ? dirname(loaded.configFile) : folder;
  const name = chosen ?? nameInConfig(loaded.rawFunctions, folder, baseDir) ?? basename(folder);
  const written = asObject(Object.hasOwn(loaded.rawFunctions, name) ? loaded.rawFunctions[name] : undefined);
  const given = readTexts(overrides);
  const env = { ...asObject(written['env']), ...asObject(given['env']) };
  const raw = {
    ...written,
    ...given,
    ...(Object.keys(env).length > 0 && { env }),
    source: folder,
  };
  return resolveFunction(name, raw, baseDir, ['functions', name]);
}

function nameInConfig(
  functions: Record<string, unknown>,
  folder: string,
  baseDir: string,
): string | undefined {
  const names = Object.entries(functions)
    .filter(([, one]) => {
      const { source } = asObject(one);
      return typeof source === 'string' && resolve(baseDir, source) === folder;
    })
    .map(([name]) => name);
  if (names.length <= 1) return names[0];
  throw new FaasError('UsageError', `${folder} is the source of several functions`, {
    expected: `the name of one: ${names.join(', ')}`,
    got: 'no name',
    remedy: `add --name ${names[0]}`,
  });
}

function readTexts(overrides: Record<string, unknown>): Record<string, unknown> {
  const { shape } = functionSchema;
  return Object.fromEntries(
    Object.entries(overrides).map(([key, value]) => {
      const schema = Object.entries(shape).find(([known]) => known === key)?.[1];
      return [key, schema && typeof value === 'string' ? fromText(schema, value) : value];
    }),
  );
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
