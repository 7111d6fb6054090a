/**
 * Every error a user can meet, once: its one-line meaning and whose fault it is.
 * `user`: the input, the function or the machine's set-up; `runtime`: ours.
 */
export const ERROR_CODES = {
  ConfigInvalid: { fault: 'user', meaning: 'the configuration breaks a rule of the schema' },
  ConfigNotFound: { fault: 'user', meaning: 'the named configuration file does not exist' },
  UsageError: { fault: 'user', meaning: 'the command line is wrong' },
  SourceNotFound: { fault: 'user', meaning: 'the function folder does not exist' },
  EntryNotFound: { fault: 'user', meaning: 'no entry file was found in the function folder' },
  BuildFailed: { fault: 'user', meaning: 'the function does not build' },
  FunctionNotFound: { fault: 'user', meaning: 'no function of that name is deployed' },
  BucketNotFound: { fault: 'user', meaning: 'no bucket of that name exists' },
  ObjectNotFound: { fault: 'user', meaning: 'no object of that key exists' },
  S3Refused: { fault: 'user', meaning: 'the S3 endpoint refused the request' },
  Throttled: { fault: 'user', meaning: 'no room: concurrency, memory or the waiting line is used up' },
  RuntimeNotRunning: { fault: 'user', meaning: 'the command needs a running runtime and none answers' },
  RuntimeAlreadyRunning: { fault: 'user', meaning: 'another runtime holds the data directory' },
  PortInUse: { fault: 'user', meaning: 'the port is taken by another program' },
  AddressUnavailable: {
    fault: 'user',
    meaning: 'the address or port cannot be bound by this user on this machine',
  },
  Unauthorized: { fault: 'user', meaning: 'the administration token is missing or wrong' },
  EngineUnavailable: { fault: 'user', meaning: 'no container engine answers' },
  EnginePermissionDenied: { fault: 'user', meaning: 'the engine socket may not be opened by this user' },
  EngineTooOld: { fault: 'user', meaning: 'the engine speaks too old an API' },
  EngineDiskFull: { fault: 'user', meaning: 'the engine has no disk space left' },
  ImageMissing: { fault: 'user', meaning: 'the function image is absent and cannot be obtained' },
  SandboxStartFailed: { fault: 'runtime', meaning: 'the sandbox did not come up' },
  SandboxExited: { fault: 'user', meaning: 'the sandbox ended before the invocation did' },
  OutOfMemory: { fault: 'user', meaning: 'the sandbox used more memory than the function has' },
  InitFailed: { fault: 'user', meaning: 'loading the function failed' },
  FunctionTimeout: { fault: 'user', meaning: 'the maximum duration passed' },
  FunctionError: { fault: 'user', meaning: 'the function threw' },
  Cancelled: { fault: 'user', meaning: 'the caller left before the invocation began' },
  ShuttingDown: { fault: 'user', meaning: 'the runtime is stopping and takes no more work' },
  StoreFailed: { fault: 'runtime', meaning: 'the data directory cannot be read or written' },
  Internal: { fault: 'runtime', meaning: 'a defect of ours' },
} as const satisfies Record<string, { fault: 'user' | 'runtime'; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface FaasErrorDetails {
  /** What would have been right. */
  expected?: string;
  /** What came instead. */
  got?: string;
  /** What the user can do about it. */
  remedy?: string;
  cause?: unknown;
}

/** The only error class that crosses a module boundary on purpose. */
export class FaasError extends Error {
  override readonly name = 'FaasError';
  readonly code: ErrorCode;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, details: FaasErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.expected = details.expected;
    this.got = details.got;
    this.remedy = details.remedy;
  }
}

/** `error` as a FaasError: itself, or wrapped as ours. */
export function toFaasError(error: unknown): FaasError {
  if (error instanceof FaasError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new FaasError('Internal', message, { cause: error });
}
