/** The pool's choices, as pure functions on what it sees. */
import type { ColdReason, EndReason } from '../core/types.ts';

export interface PoolView {
  /** Sandboxes that exist or are about to, in any state up to `stopping`. */
  total: number;
  /** Of these, on their way to their first call. */
  starting: number;
  /** Invocations in line, the new one not counted. */
  waiting: number;
  /** Most sandboxes at once. */
  concurrency: number;
  /** Most invocations in line. */
  queueLimit: number;
}

/** What becomes of an invocation that found nothing idle. */
export function admitWaiter(view: PoolView): 'wait' | 'throttle' {
  if (view.concurrency === 0) return 'throttle';
  return view.waiting < view.queueLimit + startable(view) ? 'wait' : 'throttle';
}

/** How many sandboxes to start now: one for each invocation in line that none is coming for, as far as room goes. */
export function startsNeeded(view: PoolView): number {
  return Math.max(0, Math.min(view.waiting - view.starting, view.concurrency - view.total));
}

/** Those in line that a sandbox is or can be coming for do not count as queued. */
const startable = (view: PoolView): number => view.starting + Math.max(0, view.concurrency - view.total);

export interface IdleCandidate {
  idleSince: number;
}

/** Most recently used first: the others grow old and expire. */
export function mostRecentlyUsed<T extends IdleCandidate>(idle: Iterable<T>): T | undefined {
  let best: T | undefined;
  for (const candidate of idle) if (!best || candidate.idleSince >= best.idleSince) best = candidate;
  return best;
}

/** Why nothing was warm. */
export function coldReason(view: { othersLive: boolean; lastEnd: EndReason | null }): ColdReason {
  if (view.othersLive) return 'scale-out';
  switch (view.lastEnd) {
    case null:
      return 'first';
    case 'idle':
    case 'evicted':
    case 'shutdown':
      return 'expired';
    case 'revision':
      return 'new-revision';
    case 'timeout':
    case 'init-error':
    case 'exit':
    case 'oom':
    case 'removed':
      return 'crashed';
  }
}
