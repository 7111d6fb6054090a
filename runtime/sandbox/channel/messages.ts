/**
 * What runtime and sandbox say to each other. The bootstrap imports this file, frames.ts and what core/ says of bodies, nothing
 * else of the runtime. A frame is a JSON header and raw payload bytes, so events and answers are never parsed
 * on the way.
 */

/** Runtime → sandbox. */
export type HostMessage =
  /** Nothing is needed yet: go through an init phase and a call once, so that the real ones are quick. Unanswered. */
  | { type: 'rehearse' }
  | {
      type: 'init';
      /** Root of the revision as seen inside. */
      taskRoot: string;
      entry: string;
      exportName: string;
      /** `index.handler`, for _HANDLER and error messages. */
      handler: string;
      functionName: string;
      memoryMb: number;
      /** Calls that may run at the same time; default 1. */
      concurrency?: number;
      invokedFunctionArn: string;
      logGroupName: string;
      logStreamName: string;
      /** The complete environment of the function; the boot variables stay beneath it. */
      env: Record<string, string>;
    }
  | {
      /** Payload: the event as JSON text, then its body where that is detached. */
      type: 'invoke';
      requestId: string;
      /** Epoch milliseconds. */
      deadlineMs: number;
      traceId?: string;
      /** JSON text. */
      clientContext?: string;
      /** Of the detached body. */
      bodyBytes?: number;
      /** The answer's body may be detached. */
      detachAnswer?: boolean;
    };

/** What the sandbox measured about one call; where several run at once, about all that overlapped. */
export interface CallUsage {
  /** CPU time of the process during the call, and of its children that ended, microseconds. */
  cpuUs: number;
  /**
   * Peak resident memory of the process during the call, KB, at most the function's memory; since the start where the
   * system does not let the mark start anew; null where it cannot be read. Of a call that had children the peak of the
   * whole sandbox since its start, where a control group tells it.
   */
  peakKb: number | null;
  /** What /tmp holds, KB; left out where it cannot be told. */
  tmpKb?: number;
}

export interface WireError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

/** Of a detached body: its bytes at the end of the payload, and what it would add to the JSON text. */
export interface DetachedSizes {
  bytes: number;
  jsonBytes: number;
}

/** Sandbox → runtime. */
export type SandboxMessage =
  | { type: 'ready'; nodeVersion: string }
  | { type: 'initialized' }
  | { type: 'init-failed'; error: WireError }
  /** Payload: the answer as JSON text, then its body where that is detached. */
  | { type: 'result'; requestId: string; usage: CallUsage; body?: DetachedSizes }
  /** `fatal`: the process is about to exit, the sandbox must not be reused. */
  | { type: 'failed'; requestId: string; error: WireError; usage: CallUsage; fatal: boolean }
  /** Payload: the text of one line, UTF-8, without its newline. */
  | { type: 'log'; requestId: string | null; stream: 'stdout' | 'stderr'; level: string | null };
