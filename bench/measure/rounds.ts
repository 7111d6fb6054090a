/** Takes turns, so that whatever the machine does meanwhile is done to every contestant alike. */
import { median } from './statistics.ts';

type Contestants<T> = Record<string, () => Promise<T>>;
export type Rounds<Name extends string, T> = Record<Name, T[]>;

export interface Turns {
  /** Rounds that are counted, if there is time for them. */
  rounds: number;
  /** Rounds before them. */
  warmUps: number;
  /** After this long no further round is begun, once there are a few: a slow machine takes fewer samples, not hours. */
  withinMs?: number;
}

const WITHIN_MS = 8_000;
/** A median of fewer is not one. */
const FEWEST_ROUNDS = 5;

/**
 * Runs every contestant once a round: A B C, C B A, A B C … The order turns, so that none is always the one after a
 * heavy neighbour.
 */
export async function takeTurns<Name extends string, T>(
  contestants: Record<Name, () => Promise<T>>,
  { rounds, warmUps, withinMs = WITHIN_MS }: Turns,
): Promise<Rounds<Name, T>> {
  const endsAt = performance.now() + withinMs;
  const entries = Object.entries(contestants satisfies Contestants<T>) as [Name, () => Promise<T>][];
  const taken = Object.fromEntries(entries.map(([name]) => [name, [] as T[]])) as Rounds<Name, T>;
  for (let round = -warmUps; round < rounds; round++) {
    if (round >= FEWEST_ROUNDS && performance.now() > endsAt) break;
    for (const [name, take] of round % 2 === 0 ? entries : entries.toReversed()) {
      const sample = await take();
      if (round >= 0) taken[name].push(sample);
    }
  }
  return taken;
}

/** The median of the ratios of each round: samples that were taken side by side are compared with each other. */
export function ratioOfPairs(ours: readonly number[], yardstick: readonly number[]): number {
  if (ours.length !== yardstick.length) throw new Error('a pair is missing its other half');
  return median(ours.map((value, index) => value / (yardstick[index] ?? Number.NaN)));
}
