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
