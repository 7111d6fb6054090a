/** How an invocation ended, from the first cause; pure. */
import { FaasError } from '../core/errors.ts';
import type { DetachedBody, EndReason, ErrorPayload, Outcome } from '../core/types.ts';
import type { CallResult } from '../instance/conversation.ts';
import { exitPayload, type StartFailed } from '../instance/start-failed.ts';

export interface Settlement {
  outcome: Outcome;
  payload: Buffer | null;
  body?: DetachedBody;
  error: ErrorPayload | null;
  /** Microseconds of CPU, kilobytes at the peak and in /tmp; null or left out where nothing could be read. */
  usage: { cpuUs: number | null; peakKb: number | null; tmpKb?: number };
  /** What becomes of the instance. */
  fate: 'release' | EndReason;
}

const NOTHING_READ = { cpuUs: null, peakKb: null };

/** The runtime stopped before the function was done: an event like this is delivered again. */
const CUT_OFF: Settlement = {
  outcome: 'cancelled',
  payload: null,
  error: { errorType: 'ShuttingDown', errorMessage: 'the runtime stopped while the function was running' },
  usage: NOTHING_READ,
  fate: 'shutdown',
};

/** From what the sandbox answered, or did not. */
export function settleCall(result: CallResult | 'timeout', requestId: string, timeoutMs: number): Settlement {
  if (result === 'timeout') {
    const error = { errorType: 'Sandbox.Timedout', errorMessage: timeoutMessage(requestId, timeoutMs) };
    return { outcome: 'timeout', payload: null, error, usage: NOTHING_READ, fate: 'timeout' };
  }
  switch (result.kind) {
    case 'result':
      return {
        outcome: 'success',
        payload: result.payload,
        ...(result.body && { body: result.body }),
        error: null,
        usage: result.usage,
        fate: 'release',
      };
    case 'failed': {
      const { error, usage, fatal } = result;
      return { outcome: 'error', payload: null, error, usage, fate: fatal ? 'exit' : 'release' };
    }
    case 'exited': {
      const { exit, endReason } = result;
      if (endReason === 'shutdown') return CUT_OFF;
      const error = forRequest(exitPayload(exit), requestId);
      return {
        outcome: exit.oom ? 'oom' : 'crash',
        payload: null,
        error,
        usage: NOTHING_READ,
        fate: endReason,
      };
    }
  }
}

/** From a sandbox that did not come up. */
export function settleFailedStart(failure: StartFailed, requestId: string): Settlement {
  const { outcome, payload } = failure;
  const isPlatform = payload.errorType.startsWith('Runtime.Exit') || outcome === 'oom';
  const error = isPlatform ? forRequest(payload, requestId) : payload;
  return { outcome, payload: null, error, usage: NOTHING_READ, fate: 'init-error' };
}

/** From a refusal of the pool; undefined when `error` is none. */
export function settleRefusal(error: unknown): Settlement | undefined {
  if (!(error instanceof FaasError)) return undefined;
  if (error.code !== 'Throttled' && error.code !== 'Cancelled') return undefined;
  return {
    outcome: error.code === 'Throttled' ? 'throttled' : 'cancelled',
    payload: null,
    error: { errorType: error.code, errorMessage: error.message },
    usage: NOTHING_READ,
    fate: 'release',
  };
}

const forRequest = (payload: ErrorPayload, requestId: string): ErrorPayload => ({
  ...payload,
  errorMessage: `RequestId: ${requestId} ${payload.errorMessage}`,
});

const timeoutMessage = (requestId: string, timeoutMs: number): string =>
  `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
