import { isDeepStrictEqual } from 'node:util';
import type { FaasConfig } from './schema.ts';

/** What can change while the runtime runs, and what it does not read. */
const LIVE: ReadonlySet<string> = new Set<keyof FaasConfig>(['functions', 'buckets', 'budget', 'budgets']);

/** Names of the settings that differ and are read only when the runtime starts. */
export function changedSettings(before: FaasConfig, after: FaasConfig): string[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const now = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...old.keys(), ...now.keys()])].filter(
    (name) => !LIVE.has(name) && !isDeepStrictEqual(old.get(name), now.get(name)),
  );
}
