import { tmpdir } from 'node:os';
import { resolveFunction } from '../../../runtime/config/resolve-function.ts';
import type { FunctionSettings } from '../../../runtime/core/types.ts';

export const HOST = { os: process.platform, arch: process.arch };

/** The defaults, for a folder that need not exist. */
export function settingsFor(source: string, overrides: Partial<FunctionSettings> = {}): FunctionSettings {
  return {
    ...resolveFunction('under-test', { source: '.' }, tmpdir(), ['functions', 'under-test']),
    source,
    ...overrides,
  };
}
