/** Who has to go when memory is short; pure. */

export interface EvictionCandidate {
  idleSince: number;
  memoryMb: number;
}

/**
 * The fewest of those idle longest that free `neededMb`, or none when all of them together would not: ending some
 * without making room helps nobody.
 */
export function toEvict<T extends EvictionCandidate>(idle: readonly T[], neededMb: number): T[] {
  const evicted: T[] = [];
  let freedMb = 0;
  for (const candidate of idle.toSorted((a, b) => a.idleSince - b.idleSince)) {
    if (freedMb >= neededMb) break;
    evicted.push(candidate);
    freedMb += candidate.memoryMb;
  }
  return freedMb >= neededMb ? evicted : [];
}
