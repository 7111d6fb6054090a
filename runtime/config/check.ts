/** From what a file, flags and variables say to a checked configuration. Loads the schema. */
import { dirname, join, relative, resolve } from 'node:path';
import type { FunctionSettings } from '../core/types.ts';
import { OWNER_ACCOUNT } from './accounts.ts';
import { configError } from './config-error.ts';
import type { Problem } from './config-error.ts';
import type { LoadedConfig } from './load.ts';
import type { Budget } from './measure-fields.ts';
import { problemsOf, showValue } from './problems.ts';
import { readFunction } from './resolve-function.ts';
import { routeConflicts } from './routes.ts';
import { functionSchema, settingsSchema } from './schema.ts';
import type { FaasConfig, Settings } from './schema.ts';
import { mergeSources, originOf, originsOf } from './sources.ts';
import type { Merged, OptionOrigin } from './sources.ts';
import { optionsOf } from './walk.ts';

export interface WrittenConfig {
  /** What the file exports; `{}` without a file. */
  value: unknown;
  configFile: string | null;
  cwd: string;
  env: NodeJS.ProcessEnv;
  flags: Record<string, unknown>;
}

export type CheckedConfig = Pick<LoadedConfig, 'config' | 'origins' | 'rawFunctions'>;

/** @throws FaasError ConfigInvalid, naming every problem at once */
export function checkConfig({ value, configFile, cwd, env, flags }: WrittenConfig): CheckedConfig {
  const where = configFile ? relative(cwd, configFile) : 'the configuration';
  const { functions: rawFunctions, ...written } = asObject(value, where);
  const merged = mergeSources({ file: written, env, flags });
  const baseDir = configFile ? dirname(configFile) : cwd;

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

  const dataDir = dataDirOf(settings.value, merged, baseDir, cwd);
  return {
    config: assemble(settings.value, functions, { dataDir, baseDir }),
    origins: [
      ...originsOf(merged, configFile).map((one) =>
        one.path === 'dataDir' ? { ...one, value: dataDir } : one,
      ),
      ...functionOrigins(functions.raw, configFile),
    ],
    rawFunctions: functions.raw,
  };
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
