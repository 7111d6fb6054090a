import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { FaasError } from '../core/errors.ts';
import type { FunctionSettings } from '../core/types.ts';
import { OWNER_ACCOUNT } from './accounts.ts';
import { findConfigFile } from './find.ts';
import { configError, problemsOf, showValue } from './problems.ts';
import type { Problem } from './problems.ts';
import { readConfigFile } from './read-file.ts';
import { readFunction } from './resolve-function.ts';
import { routeConflicts } from './routes.ts';
import type { Budget } from './measure-fields.ts';
import { functionSchema, settingsSchema } from './schema.ts';
import type { FaasConfig, Settings } from './schema.ts';
import { mergeSources, originOf, originsOf } from './sources.ts';
import type { Merged, OptionOrigin } from './sources.ts';
import { optionsOf } from './walk.ts';

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
  const configFile = locate(options);
  const { value, files } = configFile ? await readConfigFile(configFile) : { value: {}, files: [] };
  const where = configFile ? relative(options.cwd, configFile) : 'the configuration';
  const { functions: rawFunctions, ...written } = asObject(value, where);
  const flags = { ...options.flags, ...(options.dataDir !== undefined && { dataDir: options.dataDir }) };
  const merged = mergeSources({ file: written, env: options.env, flags });
  const baseDir = configFile ? dirname(configFile) : options.cwd;

  const settings = readSettings(merged);
  const functions = readFunctions(rawFunctions, baseDir);
  const problems = [...settings.problems, ...functions.problems];
  if (!settings.value || problems.length > 0) {
    const [only] = problems;
    // A flag or variable stands in no file.
    const outside =
      problems.length === 1 && [...merged.givenBy.values()].some(({ from }) => from === only?.path);
    throw configError(problems, outside ? undefined : where);
  }

  const dataDir = dataDirOf(settings.value, merged, baseDir, options.cwd);
  return {
    config: assemble(settings.value, functions, { dataDir, baseDir }),
    configFile,
    origins: [
      ...originsOf(merged, configFile).map((one) =>
        one.path === 'dataDir' ? { ...one, value: dataDir } : one,
      ),
      ...functionOrigins(functions.raw, configFile),
    ],
    rawFunctions: functions.raw,
    files,
    readAt,
  };
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

function asObject(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  const problem = {
    path: 'the default export',
    expected: 'an object: export default defineConfig({ functions: { … } })',
    got: showValue(value),
    remedy: 'export the configuration itself',
  };
  throw configError([problem], where);
}

function readSettings(merged: Merged): { value?: Settings; problems: Problem[] } {
  const result = settingsSchema.safeParse(merged.value);
  if (result.success) return { value: result.data, problems: [] };
  const problems = problemsOf(result.error, settingsSchema, merged.value, []);
  return { problems: problems.map((problem) => nameSource(problem, merged)) };
}

/** A wrong flag is called by its name, not by the setting's. */
function nameSource(problem: Problem, { givenBy }: Merged): Problem {
  const from = givenBy.get(problem.path.replace(/\[\d+\]$/, ''))?.from;
  return from === undefined ? problem : { ...problem, path: from, remedy: `correct ${from}` };
}

function readFunctions(written: unknown, baseDir: string) {
  const raw = written ?? {};
  const settings: FunctionSettings[] = [];
  const budgets: Record<string, Budget> = {};
  const problems: Problem[] = [];
  if (typeof raw !== 'object' || Array.isArray(raw)) {
    const expected = "an object with a key for each function: { hello: { source: './functions/hello' } }";
    problems.push({
      path: 'functions',
      expected,
      got: showValue(raw),
      remedy: 'name each function by its key',
    });
    return { raw: {}, settings, budgets, problems };
  }
  for (const [name, one] of Object.entries(raw)) {
    const read = readFunction(name, one, baseDir, ['functions', name]);
    problems.push(...read.problems);
    if (read.settings) settings.push(read.settings);
    if (read.budget) budgets[name] = read.budget;
  }
  return { raw: { ...raw }, settings, budgets, problems: [...problems, ...routeConflicts(settings)] };
}

function dataDirOf({ dataDir }: Settings, { givenBy }: Merged, baseDir: string, cwd: string): string {
  if (dataDir === undefined) return join(baseDir, '.faas');
  return resolve(givenBy.has('dataDir') ? cwd : baseDir, dataDir);
}

function assemble(
  settings: Settings,
  { settings: functions, budgets }: ReturnType<typeof readFunctions>,
  { dataDir, baseDir }: { dataDir: string; baseDir: string },
): FaasConfig {
  const { accessKeyId, secretAccessKey, credentials, buckets, tls, ...same } = settings;
  const hooked = same.s3.webhooks.flatMap((one) => one.bucket ?? []);
  const named = functions.flatMap(({ triggers }) =>
    triggers.flatMap((one) => (one.type === 's3' ? [one.bucket] : [])),
  );
  return {
    ...same,
    functions,
    budgets,
    buckets: [...new Set([...buckets, ...named, ...hooked])],
    tls:
      typeof tls === 'boolean' ? tls : { cert: resolve(baseDir, tls.cert), key: resolve(baseDir, tls.key) },
    credentials: [
      { accessKeyId, secretAccessKey, account: OWNER_ACCOUNT },
      ...credentials.map((one) => ({ ...one, account: one.account ?? one.accessKeyId })),
    ],
    dataDir,
  };
}

function functionOrigins(raw: Record<string, unknown>, configFile: string | null): OptionOrigin[] {
  return Object.entries(raw).flatMap(([name, one]) =>
    optionsOf(functionSchema).map((option) => originOf(option, one, configFile, ['functions', name])),
  );
}
