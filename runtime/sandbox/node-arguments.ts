/** What Node itself holds before a function has allocated anything; measured on Linux with Node 24. */
const NODE_BASELINE_MB = 45;
const SMALLEST_HEAP_MB = 32;
/** V8's own default for 64-bit systems. */
const LARGEST_SEMI_SPACE_MB = 16;

/**
 * Arguments that make V8 live within the function's memory: it collects harder near its limit, where the operating
 * system would only kill. Lambda does the same (5 % for each semi-space, the rest for the old space).
 */
export function nodeArguments(memoryMb: number, bootEnv: Record<string, string>): string[] {
  // Whoever sizes the heap by hand knows why.
  if (/--max[-_](old|semi)[-_]space/.test(bootEnv['NODE_OPTIONS'] ?? '')) return [];
  const semiSpace = Math.min(LARGEST_SEMI_SPACE_MB, Math.max(1, Math.floor(memoryMb * 0.05)));
  const oldSpace = Math.max(SMALLEST_HEAP_MB, memoryMb - NODE_BASELINE_MB - 3 * semiSpace);
  return [`--max-semi-space-size=${semiSpace}`, `--max-old-space-size=${oldSpace}`];
}
