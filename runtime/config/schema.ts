/** Placeholder shape until the schema lands in this file. */
export interface FaasConfig {
  functions: Record<string, unknown>;
  buckets: string[];
}
