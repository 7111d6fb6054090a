/** The vocabulary every part shares. Plain data, no behaviour. Units are in the names. */

// --- what is deployed -------------------------------------------------------------------------

export const HTTP_METHODS = ['ANY', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

export interface CorsSettings {
  allowOrigins: string[];
  allowMethods: string[];
  allowHeaders: string[];
  exposeHeaders: string[];
  allowCredentials: boolean;
  maxAgeSeconds: number;
}

/** `path` is normalised: `/users/:id`, `/files/:rest+` (greedy, last) or `/files/*`. */
export interface HttpTrigger {
  type: 'http';
  method: HttpMethod;
  path: string;
  cors?: CorsSettings;
}

/** `events` are patterns without the `s3:` prefix: `ObjectCreated:*`, `ObjectRemoved:Delete`. */
export interface S3Trigger {
  type: 's3';
  bucket: string;
  events: string[];
  prefix: string;
  suffix: string;
}

export type Trigger = HttpTrigger | S3Trigger;

/** A function's settings after flags, environment, config file and defaults were merged. */
export interface FunctionSettings {
  name: string;
  /** Absolute path of the source folder. */
  source: string;
  /** `file.export` as on Lambda, or undefined: found by the usual names. */
  handler: string | undefined;
  runtime: string;
  memoryMb: number;
  timeoutMs: number;
  initTimeoutMs: number;
  idleTimeoutMs: number;
  /** Most sandboxes at once. */
  concurrency: number;
  /** Most invocations waiting for a sandbox; one more is throttled. */
  queueLimit: number;
  /** Instances kept initialised whatever the traffic. */
  provisioned: number;
  /** Calls one instance may run at the same time. */
  concurrencyPerInstance: number;
  /** Quiet time after which an instance is frozen; null: never. */
  freezeMs: number | null;
  /** `proportional`: as much CPU as Lambda gives for the memory; `full`: all there is. */
  cpu: 'full' | 'proportional';
  tmpMb: number;
  env: Record<string, string>;
  triggers: Trigger[];
  /** Whether a chain of events may lead back to it without end; default: it is stopped. */
  recursion?: 'terminate' | 'allow';
  /** How often an event is tried again whose function ran and failed; default 2. */
  retries?: number;
  exposeErrors: boolean;
  /** Whether its events are kept for replaying; what is left out is as the configuration says for all. */
  record?:
    | { events?: boolean | undefined; redact?: { headers: string[]; fields: string[] } | undefined }
    | undefined;
}

/** One immutable build of a function, named by the hash of its content. */
export interface Revision {
  /** 12 lower-case hex digits. */
  id: string;
  functionName: string;
  /** Absolute path of the artifact: a folder, read-only by convention, laid out as `/var/task`. */
  artifactDir: string;
  /** Entry file relative to the artifact, e.g. `index.mjs`. */
  entry: string;
  /** Export that is the handler; `default` for Web handlers. */
  exportName: string;
  sizeBytes: number;
  /** Absolute source files this build was made from; what `faas dev` watches. */
  inputs: string[];
}

export interface DeployedFunction {
  settings: FunctionSettings;
  revision: Revision;
  /** `config`: listed in faas.config.ts; `cli`: deployed by hand and kept in the data directory. */
  origin: 'config' | 'cli';
  deployedAt: number;
  /** Its one instance waits for a debugger on this port. For this session only, never stored. */
  debugPort?: number;
}

// --- what happens -------------------------------------------------------------------------------

export const TRIGGER_TYPES = ['http', 's3', 'schedule', 'queue', 'direct', 'function'] as const;
export type TriggerType = (typeof TRIGGER_TYPES)[number];

/** `source` says which: `GET /hello/:name`, `photos`, the caller's function name, or null. */
export interface TriggerSource {
  type: TriggerType;
  source: string | null;
}

export const OUTCOMES = [
  'success',
  'error',
  'timeout',
  'oom',
  'crash',
  'init-error',
  'throttled',
  'cancelled',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const STARTS = ['warm', 'prewarmed', 'cold'] as const;
export type Start = (typeof STARTS)[number];

export const COLD_REASONS = ['first', 'scale-out', 'expired', 'new-revision', 'crashed'] as const;
export type ColdReason = (typeof COLD_REASONS)[number];

/** Milliseconds to the microsecond; null where the phase did not take place. */
export interface Phases {
  queueMs: number | null;
  provisionMs: number | null;
  bootMs: number | null;
  initMs: number | null;
  thawMs: number | null;
  handlerMs: number | null;
}

/** One attempt to run one event; the shape of INTERFACE: what reports, logs and the console read. */
export interface InvocationRecord {
  requestId: string;
  function: string;
  revision: string | null;
  instance: string | null;
  trigger: TriggerSource;
  outcome: Outcome;
  errorType: string | null;
  errorMessage: string | null;
  start: Start | null;
  coldReason: ColdReason | null;
  /** Epoch milliseconds, to the microsecond. */
  receivedAt: number;
  phases: Phases;
  /** What the caller waited because nothing was warm: provision + boot + init; 0 when warm. */
  coldStartMs: number;
  durationMs: number;
  billedMs: number;
  memoryMb: number;
  maxMemoryMb: number | null;
  cpuMs: number | null;
  /** The size of /tmp that it may use. */
  tmpMb: number;
  /** What /tmp held when the call ended, of earlier calls too; null where it cannot be read. */
  tmpUsedMb: number | null;
  requestBytes: number;
  responseBytes: number;
  attempt: number;
  parentRequestId: string | null;
  /** What it asked of the S3 endpoint with its own credentials; absent where it was not counted. */
  s3Requests?: number;
  /** Bytes it sent to and got from S3, bodies only. */
  s3Bytes?: number;
}

/** An error as Lambda hands it to the caller. */
export interface ErrorPayload {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

/**
 * The large `body` of an HTTP event or answer (payload format 2.0), beside the JSON text, which has an empty one in its place.
 */
export interface DetachedBody {
  /** In turn the bytes that it stands for: of the text, or what base64 encodes where the JSON says `isBase64Encoded`. */
  chunks: readonly Uint8Array[];
  /** How much longer the JSON text would be with the body in it. */
  jsonBytes: number;
  /** Set when all of it has left for the sandbox: until then its memory is in use, whatever the sandbox says. */
  isSent?: boolean;
}

export interface InvokeRequest {
  function: string;
  /** The event as UTF-8 JSON text. */
  payload: Uint8Array;
  /** The event's body where it is not in `payload`. */
  body?: DetachedBody;
  /** The caller takes the body of a large answer detached. */
  detachAnswer?: boolean;
  trigger: TriggerSource;
  /** Default: a new UUID. */
  requestId?: string;
  parentRequestId?: string | null;
  /** 1 for the first attempt. */
  attempt?: number;
  /** How many invocations came before it in its chain of events; default: one more than its parent's. */
  depth?: number;
  /**
   * Aborts waiting (outcome `cancelled`). A handler that already runs is left to finish. It is read only when
   * the call has to wait, so a getter may make it then.
   */
  readonly signal?: AbortSignal;
  /** Decoded JSON text of X-Amz-Client-Context. */
  clientContext?: string;
}

export interface InvokeResult {
  record: InvocationRecord;
  /** The answer as UTF-8 JSON text; null unless the outcome is `success`. */
  payload: Uint8Array | null;
  /** The answer's body where it is not in `payload`, which only happens to who asked for it. */
  body?: DetachedBody;
  /** Null when the outcome is `success`. */
  error: ErrorPayload | null;
}

export interface LogLine {
  /** Epoch milliseconds. */
  at: number;
  function: string;
  instance: string | null;
  requestId: string | null;
  stream: 'stdout' | 'stderr' | 'system';
  /** TRACE, DEBUG, INFO, WARN, ERROR, FATAL where console told it; null for raw output. */
  level: string | null;
  line: string;
}

/** How `chaos` makes deliveries worse. */
export const CHAOS_MODES = ['duplicate', 'delay', 'reorder'] as const;
export type ChaosMode = (typeof CHAOS_MODES)[number];

// --- sandboxes ----------------------------------------------------------------------------------

export const INSTANCE_STATES = [
  'starting',
  'booting',
  'initializing',
  'idle',
  'busy',
  'frozen',
  'stopping',
  'stopped',
] as const;
export type InstanceStateName = (typeof INSTANCE_STATES)[number];

export const END_REASONS = [
  'idle',
  'timeout',
  'init-error',
  'exit',
  'oom',
  'evicted',
  'revision',
  'removed',
  'shutdown',
] as const;
/** Why an instance ended; `removed` means by someone outside. */
export type EndReason = (typeof END_REASONS)[number];

/** What an instance leaves behind in the store. */
export interface InstanceTrail {
  id: string;
  function: string;
  revision: string;
  driver: string;
  memoryMb: number;
  states: { state: InstanceStateName; at: number }[];
  endReason: EndReason | null;
  calls: number;
  peakMemoryMb: number | null;
}

export type DriverName = 'docker' | 'process';
