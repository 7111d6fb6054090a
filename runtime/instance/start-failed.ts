import { FaasError, toFaasError } from '../core/errors.ts';
import type { EndReason, ErrorPayload } from '../core/types.ts';
import type { SandboxExit } from '../sandbox/sandbox.ts';

/** An instance that did not come up: what the invocation that waited for it ends with. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
  readonly outcome: 'init-error' | 'oom' | 'crash';
  readonly payload: ErrorPayload;

  constructor(outcome: StartFailed['outcome'], payload: ErrorPayload, cause?: unknown) {
    super(payload.errorMessage, { cause });
    this.outcome = outcome;
    this.payload = payload;
  }

  /** The driver could not make the sandbox: not the function's doing. */
  static byDriver(error: unknown): StartFailed {
    const { code, message, remedy } = toFaasError(error);
    const errorMessage = remedy === undefined ? message : `${message} (${remedy})`;
    return new StartFailed('crash', { errorType: `Sandbox.${code}`, errorMessage }, error);
  }

  static byExit(exit: SandboxExit): StartFailed {
    return new StartFailed(exit.oom ? 'oom' : 'init-error', exitPayload(exit));
  }

  /** Someone stopped it on purpose: a new revision, the end of the runtime. */
  static byStop(reason: EndReason): StartFailed {
    const errorMessage = `the sandbox was stopped while it started (${reason})`;
    return new StartFailed('crash', { errorType: 'Sandbox.Stopped', errorMessage });
  }

  static byTimeout(limitMs: number): StartFailed {
    return new StartFailed('init-error', {
      errorType: 'Sandbox.Timedout',
      errorMessage: `Init phase timed out after ${(limitMs / 1000).toFixed(2)} seconds`,
    });
  }
}

/** A revision that does not come up, as whoever deployed it is told. */
export function initFailed(name: string, { payload, cause }: StartFailed): FaasError {
  const { errorType, errorMessage, trace = [] } = payload;
  // The first line of a trace says once more what happened; Node's own frames help nobody.
  const frames = trace.slice(1).filter((line) => !line.includes('(node:'));
  const happened = `${errorType}: ${errorMessage}`;
  return new FaasError('InitFailed', [`function ${name} does not start: ${happened}`, ...frames].join('\n'), {
    expected: 'code that loads without an error',
    got: happened,
    remedy: 'correct it and save',
    cause,
  });
}

/** How Lambda words the end of a runtime process. Source: captures in the AWS Lambda RIE and real accounts. */
export function exitPayload(exit: SandboxExit): ErrorPayload {
  if (exit.oom)
    return {
      errorType: 'Runtime.OutOfMemory',
      errorMessage: 'Error: Runtime exited with error: signal: killed',
    };
  if (exit.signal !== null) {
    const signal = SIGNAL_WORDS[exit.signal] ?? exit.signal;
    return {
      errorType: 'Runtime.ExitError',
      errorMessage: `Error: Runtime exited with error: signal: ${signal}`,
    };
  }
  const errorMessage =
    exit.code === 0 || exit.code === null
      ? 'Error: Runtime exited without providing a reason'
      : `Error: Runtime exited with error: exit status ${exit.code}`;
  return { errorType: 'Runtime.ExitError', errorMessage };
}

const SIGNAL_WORDS: Record<string, string> = {
  SIGKILL: 'killed',
  SIGTERM: 'terminated',
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGILL: 'illegal instruction',
  SIGFPE: 'floating point exception',
};
