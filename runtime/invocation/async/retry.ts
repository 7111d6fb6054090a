/** When an event that was not delivered is tried again, and when it is given up; pure. */
import type { Outcome } from '../../core/types.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;

/**
 * Attempts that find no room before an event is given up: with the delays below, six hours in which the runtime was
 * up. Time alone would not do: a queue that lay on disk over a weekend has had no chance yet.
 * Source: AWS guide "Asynchronous invocation" (maximum age 6 h).
 */
export const MAX_ATTEMPTS_WITHOUT_ROOM = 720;

/** How often an event is tried again whose function failed, where the function does not say. As on AWS Lambda. */
export const DEFAULT_RETRIES = 2;

/** What came of one attempt to deliver. */
export type Delivery =
  | { kind: 'delivered' }
  /** It never ran, and keeps its place in line. */
  | { kind: 'no-room'; reason: string }
  /** It ran and failed; `retries` more attempts may follow. */
  | { kind: 'failed'; reason: string; retries: number };

/** Whether an invocation that ended so ran at all. */
export const everRan = (outcome: Outcome): boolean => outcome !== 'throttled' && outcome !== 'cancelled';

/** Doubles from a quarter of a second to half a minute. */
export const retryDelayMs = (attempts: number): number =>
  Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts, 16));

/** One minute after the first failure, two after the second, as on AWS Lambda. */
export const failureDelayMs = (failures: number): number => 60_000 * failures;
