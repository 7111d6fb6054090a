import { loadConfig, type LoadedConfig } from '../runtime/config/load.ts';
import type { Context } from './context.ts';

/** The configuration this command line means. `flags` are the command's own, by their names in the schema. */
export function load(context: Context, flags: Record<string, unknown> = {}): Promise<LoadedConfig> {
  const { io, options } = context;
  return loadConfig({
    cwd: io.cwd,
    env: io.env,
    flags,
    ...(typeof options.config === 'string' ? { configFile: options.config } : {}),
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
  });
}
