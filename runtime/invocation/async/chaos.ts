/**
 * Deliveries as bad as S3's promise allows them to be (at least once, in no order), so that a function's idempotency
 * can be tried out. Pure but for the random numbers it is given.
 */
import { newRequestId } from '../../core/ids.ts';
import type { ChaosMode } from '../../core/types.ts';
import type { QueuedEvent } from '../../store/store.ts';

const DUPLICATED_SHARE = 0.5;
const LONGEST_DELAY_MS = 5_000;
/** Long enough that most of what arrives together comes in another order. */
const REORDER_WITHIN_MS = 500;

/** What is queued in the place of one event. */
export function withChaos(
  event: QueuedEvent,
  modes: readonly ChaosMode[],
  random: () => number,
): QueuedEvent[] {
  if (modes.length === 0) return [event];
  const isDuplicated = modes.includes('duplicate') && random() < DUPLICATED_SHARE;
  const copies = isDuplicated ? [event, { ...event, requestId: newRequestId() }] : [event];
  return copies.map((copy) => ({
    ...copy,
    delayMs: delayMs(modes, random),
    orderKey: modes.includes('reorder') ? null : (copy.orderKey ?? null),
  }));
}

function delayMs(modes: readonly ChaosMode[], random: () => number): number {
  const delay = modes.includes('delay') ? random() * LONGEST_DELAY_MS : 0;
  return Math.round(delay + (modes.includes('reorder') ? random() * REORDER_WITHIN_MS : 0));
}
