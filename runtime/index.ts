/** The package's public entry. */
export { defineConfig } from './config/define.ts';
export { createRuntime, type RuntimeOptions } from './runtime.ts';
export { deployOffline } from './deployment.ts';
export type { UserConfig } from './config/schema.ts';
export type * from './api.ts';
export type * from './core/types.ts';
export { FaasError, type ErrorCode } from './core/errors.ts';
