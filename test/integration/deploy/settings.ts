import type { FunctionSettings } from '../../../runtime/core/types.ts';

export const HOST = { os: process.platform, arch: process.arch };

export function settingsFor(source: string, overrides: Partial<FunctionSettings> = {}): FunctionSettings {
  return {
    name: 'under-test',
    source,
    handler: undefined,
    runtime: 'nodejs24.x',
    memoryMb: 128,
    timeoutMs: 3000,
    initTimeoutMs: 10_000,
    idleTimeoutMs: 300_000,
    concurrency: 1,
    queueLimit: 1,
    tmpMb: 512,
    env: {},
    triggers: [],
    exposeErrors: false,
    ...overrides,
  };
}
