/** The pool's choices, as pure functions on what it sees. */
import type { ColdReason, EndReason } from '../core/types.ts';

export interface PoolView {
  /** Sandboxes that exist or are about to, in any state up to `stopping`. */
  total: number;
  /** Of these, on their way to their first call. */
  starting: number;
  /** Of these, at work. */
  busy: number;
  /** Invocations in line, a new one not counted. */
  waiting: number;
  /** Most sandboxes at once. */
  concurrency: number;
  /** Calls one instance runs at the same time. */
  perInstance: number;
  /** Most invocations in line. */
  queueLimit: number;
  /** Instances to keep whatever the traffic. */
  provisioned: number;
  /** Of the sandboxes, those that are not ending. */
  live: number;
  /** What a call takes, as far as is known. Milliseconds. */
  callMs: number | undefined;
  /** How long the first in line has been waiting. Milliseconds. */
  lineAgeMs: number;
  /** What starting a sandbox takes while nothing else starts, as far as is known. Milliseconds. */
  startMs: number | undefined;
  /** How many sandboxes the machine starts at a time without each taking longer: its cores. */
  parallelStarts: number;
}

/** What becomes of an invocation that found nothing idle. */
export function admitWaiter(view: PoolView): 'wait' | 'throttle' {
  if (view.concurrency === 0) return 'throttle';
  // Those in line that a sandbox is or can be coming for do not count as queued.
  const coming = view.starting + Math.max(0, view.concurrency - view.total);
  return view.waiting < view.queueLimit + coming * view.perInstance ? 'wait' : 'throttle';
}

/**
 * How many sandboxes to start now. Never more than the line or the provisioned minimum needs, than there is room
 * for, or than the cores can start side by side; and none that would come after the line is served without it:
 * starting one takes the CPU that the running ones need.
 */
export function startsNeeded(view: PoolView): number {
  const room = view.concurrency - view.total;
  const forMinimum = Math.min(view.provisioned - view.live, room);
  const uncovered = Math.ceil(view.waiting / view.perInstance) - view.starting;
  const most = Math.min(uncovered, room, view.parallelStarts - view.starting);
  let starts = Math.max(0, forMinimum);
  while (starts < most && comesInTime(view, starts)) starts += 1;
  return starts;
}

/**
 * Whether one more start, on top of `extra` others, is ready before the line is served. Calls take as long as they used
 * to, and longer when the line has waited longer; of calls that nothing is known of that is all there is to go by, so
 * that a line of short ones is served by what is there, and one of long ones has not lost more than a start takes.
 */
function comesInTime(view: PoolView, extra: number): boolean {
  const serving = (view.busy + view.starting + extra) * view.perInstance;
  if (serving === 0 || view.startMs === undefined) return true;
  const callMs = Math.max(view.callMs ?? 0, view.lineAgeMs);
  const startsAhead = view.starting + extra;
  const readyMs = view.startMs * Math.ceil((startsAhead + 1) / view.parallelStarts);
  return readyMs < (view.waiting / serving) * callMs;
}

export interface Candidate {
  /** Calls it runs now. */
  active: number;
  /** Since when it has been in its state. */
  state: { since: number };
}

/** Whether `one` is the better choice: the least loaded, then the most recently used, so that the others grow old. */
export function isBetter(one: Candidate, other: Candidate | undefined): boolean {
  if (other === undefined || one.active < other.active) return true;
  return one.active === other.active && one.state.since >= other.state.since;
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
