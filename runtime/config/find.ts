import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Names of the configuration file, in the order they are looked for. */
export const CONFIG_FILE_NAMES = [
  'faas.config.ts',
  'faas.config.mts',
  'faas.config.js',
  'faas.config.mjs',
  'faas.config.cjs',
  'faas.config.json',
] as const;

/** Absolute path of the nearest configuration file from `cwd` upwards, or null. */
export function findConfigFile(cwd: string): string | null {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = CONFIG_FILE_NAMES.map((name) => join(folder, name)).find((file) => existsSync(file));
    if (found !== undefined) return found;
    if (dirname(folder) === folder) return null;
  }
}
