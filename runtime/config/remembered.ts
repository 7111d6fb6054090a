/**
 * What was checked before. Checking a configuration takes loading its schema, which costs a start a fifth of its time;
 * the same configuration, checked by the same build, gives the same settings.
 *
 * Kept beside the configuration in `.faas/cache`, for this user only, where there is a `.faas`. Not kept: what holds more
 * than plain data, what variables gave (it may be a secret that is to stand in no file), and anything in a checkout,
 * where the schema itself may change.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import type { CheckedConfig, WrittenConfig } from './check.ts';

/** Names what was built from which schema; defined by scripts/build.ts. */
declare const FAAS_CONFIG_BUILD: string | undefined;

/** Of the variables that settings are read from. */
export const SETTING_VARIABLE = /^(?:FAAS|OTEL)_/;

/** `faas start` and `faas deploy` have flags of their own. */
const MOST_KEPT = 5;

interface Remembered {
  key: string;
  checked: CheckedConfig;
}

/** Undefined when it was not checked before, or a function's folder is gone since. */
export function recall(written: WrittenConfig, build = buildId()): CheckedConfig | undefined {
  const key = keyOf(written, build);
  if (key === undefined) return undefined;
  const known = read(fileFor(written)).find((one) => one.key === key);
  if (!known) return undefined;
  return known.checked.config.functions.every(({ source }) => isFolder(source)) ? known.checked : undefined;
}

/** Only a cache: where it cannot be written, the next start checks again. */
export function remember(written: WrittenConfig, checked: CheckedConfig, build = buildId()): void {
  const key = keyOf(written, build);
  const file = fileFor(written);
  if (key === undefined || !isFolder(dirname(dirname(file)))) return;
  try {
    const all = [{ key, checked }, ...read(file)].slice(0, MOST_KEPT) satisfies Remembered[];
    const bytes = serialize(all);
    // What does not come back as it was is not plain data either.
    if (!isDeepStrictEqual(deserialize(bytes), all)) return;
    const unfinished = `${file}.${process.pid}`;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(unfinished, bytes, { mode: 0o600 });
    renameSync(unfinished, file);
  } catch {
    // A full disk, a folder of another user: no reason to fail a start.
  }
}

const buildId = (): string | undefined =>
  typeof FAAS_CONFIG_BUILD === 'undefined' ? undefined : FAAS_CONFIG_BUILD;

function keyOf(written: WrittenConfig, build: string | undefined): string | undefined {
  const { value, configFile, cwd, env, flags } = written;
  if (build === undefined || Object.keys(env).some((name) => SETTING_VARIABLE.test(name))) return undefined;
  if (!isPlain(value)) return undefined;
  return createHash('sha256')
    .update(JSON.stringify([build, value, configFile, cwd, flags]))
    .digest('base64');
}

/** True when its JSON says all there is. */
const isPlain = (value: unknown): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(value) ?? 'null'), value);

const fileFor = ({ configFile, cwd }: WrittenConfig): string =>
  join(configFile === null ? cwd : dirname(configFile), '.faas', 'cache', 'config.bin');

function read(file: string): Remembered[] {
  try {
    const known: unknown = deserialize(readFileSync(file));
    return Array.isArray(known) ? known : []; // our own file, in our own folder; the key is compared before the rest is used
  } catch {
    return [];
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
