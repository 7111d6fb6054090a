import type { ColdReason, EndReason, Start } from '../core/types.ts';
import type { Instance } from '../instance/instance.ts';
import type { StartFailed } from '../instance/start-failed.ts';
import type { StartPhases } from '../instance/trail.ts';

/** The right to run one invocation on an instance. */
export interface Lease {
  instance: Instance;
  start: Start;
  coldReason: ColdReason | null;
  /** What coming up took; null when the instance has served before. */
  startPhases: StartPhases | null;
  /** Epoch milliseconds. */
  leasedAt: number;
  /** Resolves when the sandbox has thawed; undefined when it was not frozen. */
  thawing: Promise<void> | undefined;
  /** Gives the instance back, exactly once; `callMs` is what the call took, for the pool's next decision. */
  release(callMs: number): void;
  /** Ends the instance instead; resolves when it is gone. */
  discard(reason: EndReason): Promise<void>;
}

/** What a failed start leaves for the record of the invocation that waited for it. */
export interface FailedStart {
  failure: StartFailed;
  instance: Instance;
  coldReason: ColdReason;
}

interface LeaseTerms {
  requestId: string;
  /** It came up for this invocation, which has waited for it. */
  awaited: boolean;
  /** Why nothing was warm, if it has waited. */
  reason: ColdReason | null;
  leasedAt: number;
}

/** Leases `instance`, in this very tick; `onCall` is told what the call took. */
export function leaseOf(instance: Instance, terms: LeaseTerms, onCall: (callMs: number) => void): Lease {
  return {
    instance,
    start: terms.awaited ? (instance.prewarmed ? 'prewarmed' : 'cold') : 'warm',
    coldReason: terms.reason,
    startPhases: instance.calls === 0 ? instance.phases() : null,
    leasedAt: terms.leasedAt,
    thawing: instance.lease(terms.requestId),
    release: (callMs) => {
      onCall(callMs);
      instance.release();
    },
    discard: (reason) => instance.stop(reason),
  };
}
