import type { UserConfig } from './user-config.ts';

/**
 * Types a `faas.config.ts`; returns what it is given.
 *
 * @example
 * export default defineConfig({
 *   functions: { hello: { source: './functions/hello', triggers: [{ http: 'GET /hello/:name' }] } },
 * });
 */
export const defineConfig = (config: UserConfig): UserConfig => config;
