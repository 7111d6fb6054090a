/** Where the value of a setting comes from: flag over environment over file over default. */
import type * as z from 'zod';
import { settingsSchema } from './schema.ts';
import { optionsOf, unwrap } from './walk.ts';
import type { Option } from './walk.ts';

export interface OptionOrigin {
  /** `port`, `s3.unsigned`, `functions.hello.memory` */
  path: string;
  /** In the notation of the configuration file; secrets are hidden. */
  value: unknown;
  origin: 'flag' | 'env' | 'file' | 'default';
  /** The flag, the variable or the file; null for a default. */
  from: string | null;
}

export interface Sources {
  /** What the configuration file exports. */
  file: Record<string, unknown>;
  env: NodeJS.ProcessEnv;
  /** By the flag's name in camel case, as command line parsers give it: `adminPort`. */
  flags: Record<string, unknown>;
}

export interface Merged {
  value: Record<string, unknown>;
  /** Which flag or variable gave a setting, by its path. */
  givenBy: Map<string, { origin: 'flag' | 'env'; from: string }>;
}

/** Lays environment and flags over the file's settings. */
export function mergeSources({ file, env, flags }: Sources): Merged {
  const value = structuredCloneOfObjects(file);
  const givenBy: Merged['givenBy'] = new Map();
  for (const option of optionsOf(settingsSchema)) {
    const given = fromFlag(option, flags) ?? fromEnv(option, env);
    if (!given) continue;
    setAt(value, option.path, given.value);
    givenBy.set(option.path.join('.'), given);
  }
  return { value, givenBy };
}

function fromFlag({ schema, meta }: Option, flags: Sources['flags']) {
  if (meta.flag === undefined) return undefined;
  const value = flags[camelCase(meta.flag)];
  if (value === undefined) return undefined;
  return {
    value: typeof value === 'string' ? fromText(schema, value) : value,
    origin: 'flag',
    from: meta.flag,
  } as const;
}

function fromEnv({ schema, meta }: Option, env: Sources['env']) {
  const value = meta.env === undefined ? undefined : env[meta.env];
  // Empty counts as unset, as in most shells' scripts.
  if (meta.env === undefined || value === undefined || value === '') return undefined;
  return { value: fromText(schema, value), origin: 'env', from: meta.env } as const;
}

/** A flag's or variable's text as the type the option has; what does not fit stays text, for the schema to refuse. */
export function fromText(schema: z.core.$ZodType, text: string): unknown {
  switch (unwrap(schema)._zod.def.type) {
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
    case 'array':
      return text.split(',').map((item) => item.trim());
    default:
      return text;
  }
}

/** Each setting with its value and where it came from, in the order of the schema. */
export function originsOf(merged: Merged, configFile: string | null): OptionOrigin[] {
  return optionsOf(settingsSchema).map((option) => {
    const path = option.path.join('.');
    const given = merged.givenBy.get(path);
    return {
      ...originOf(option, merged.value, configFile),
      ...(given && { origin: given.origin, from: given.from }),
    };
  });
}

/** One option with its value in an object of the file, or its default. */
export function originOf(
  option: Option,
  written: unknown,
  configFile: string | null,
  prefix: readonly string[] = [],
): OptionOrigin {
  const value = getAt(written, option.path);
  const path = [...prefix, ...option.path].join('.');
  const shown = option.meta.secret && value !== undefined ? '(hidden)' : value;
  return value === undefined
    ? { path, value: option.meta.secret ? '(hidden)' : option.defaultValue, origin: 'default', from: null }
    : { path, value: shown, origin: 'file', from: configFile };
}

const camelCase = (flag: string): string =>
  flag.replace(/^--/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Copies what may be written to below, and nothing else: a configuration may hold what cannot be cloned. */
function structuredCloneOfObjects(file: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(file).map(([key, value]) => [key, isObject(value) ? { ...value } : value]),
  );
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = target[key];
  const next = isObject(inner) ? inner : {};
  target[key] = next;
  setAt(next, rest, value);
}

function getAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) current = isObject(current) ? current[key] : undefined;
  return current;
}
