/** When an event that found no room is tried again; pure. */
import type { Outcome } from '../../core/types.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;

/** An event that no function took in this time is given up. Source: AWS guide "Asynchronous invocation" (6 h). */
export const MAX_EVENT_AGE_MS = 6 * 3600 * 1000;

/**
 * `delivered`: the function ran, whatever came of it; retrying its errors is the asynchronous-invocation
 * policy's business. `again`: it never ran, and the event waits on disk.
 */
export const wasDelivered = (outcome: Outcome): boolean => outcome !== 'throttled' && outcome !== 'cancelled';

/** Doubles from a quarter of a second to half a minute. */
export const retryDelayMs = (attempts: number): number =>
  Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts, 16));
