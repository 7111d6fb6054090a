/** What the gateways, the CLI and tests may ask of a runtime. */
import type { EventEmitter } from 'node:events';
import type { FaasConfig } from './config/schema.ts';
import type { FaasError } from './core/errors.ts';
import type { DevReport } from './dev.ts';
import type { Logger } from './core/log.ts';
import type {
  DeployedFunction,
  DriverName,
  EndReason,
  InstanceStateName,
  InvocationRecord,
  InvokeRequest,
  InvokeResult,
  LogLine,
} from './core/types.ts';
import type { Running } from './invocation/running.ts';
import type { QueuedEvent, Store } from './store/store.ts';

export interface RuntimeEvents {
  /** `request`: what was asked for, to be read at once (a detached body is given back after it); left out where a record has none. */
  record: [record: InvocationRecord, request?: InvokeRequest];
  log: [LogLine];
  deployed: [DeployedFunction];
  removed: [string];
}

/** One live instance, as `faas ps` shows it. */
export interface InstanceSnapshot {
  id: string;
  function: string;
  revision: string;
  state: InstanceStateName;
  startedAt: number;
  /** Milliseconds idle, null while it is not. */
  idleMs: number | null;
  memoryMb: number;
  maxMemoryMb: number | null;
  calls: number;
  endReason: EndReason | null;
}

/** Overrides of a deploy, in the config file's own notation (`'10s'`, `'GET /x'`). */
export interface DeployRequest {
  /** Absolute path of the function folder. */
  source: string;
  /** Default: the config's key for that folder, else the folder's name. */
  name?: string;
  /** Raw keys as in faas.config.ts (handler, memory, timeout, idleTimeout, env, triggers …). */
  overrides?: Record<string, unknown>;
  /** Absolute path of the config file to read; default: the one the runtime was started with. */
  configFile?: string;
}

export interface DeployResult {
  function: DeployedFunction;
  /** False when the content and the settings were already deployed. */
  changed: boolean;
  buildMs: number;
  /** Files that were kept out and other things the user should know. */
  notes: string[];
}

/** Who signs with these keys: a sandbox, so that its calls name their caller. */
export interface SandboxIdentity {
  accessKeyId: string;
  secretAccessKey: string;
  functionName: string;
  instanceId: string;
  /** The invocation it runs at this moment; becomes `parentRequestId` of what it causes. */
  currentRequestId: string | null;
}

export interface CloseOptions {
  /** How long calls that run may take to finish. */
  drainMs?: number;
  /** Called when none runs any more; the store closes after it: for gateways with requests of their own. */
  whenDrained?: () => Promise<unknown>;
}

export interface Runtime {
  readonly dataDir: string;
  readonly sessionId: string;
  readonly config: FaasConfig;
  readonly configFile: string | null;
  readonly driver: {
    name: DriverName | 'fake';
    reason: string;
    isolates: boolean;
    listenAddress: string | undefined;
    hostAddress: string;
  };
  readonly events: EventEmitter<RuntimeEvents>;
  readonly store: Store;
  readonly log: Logger;
  /** The invocations that run now; `get` finds the parent of what one of them causes. */
  readonly running: Pick<Running, 'get'>;
  /** Must be called before the first invocation: what AWS_ENDPOINT_URL says inside sandboxes. */
  setAwsEndpoint(url: string): void;
  /**
   * Deploys what the config lists, removes what it no longer lists, then begins to deliver queued events.
   * A function that does not build is reported and does not keep the others from starting.
   */
  start(onDeployed?: (name: string, outcome: DeployResult | FaasError) => void): Promise<void>;
  /** From now on builds, deploys and tells what is saved, the configuration included; once, after `start`. */
  watch(report: (report: DevReport) => void): Promise<void>;
  /** Never rejects for what the function did; rejects with FunctionNotFound or ShuttingDown only. */
  invoke(request: InvokeRequest): Promise<InvokeResult>;
  /** Durable, at least once. Synchronous, so that it can be part of `store.transaction`. */
  enqueue(event: QueuedEvent): void;
  /** Looks at the queue: an event was put back into it, not through `enqueue`. */
  deliverSoon(): void;
  deploy(request: DeployRequest): Promise<DeployResult>;
  remove(name: string): Promise<void>;
  functions(): DeployedFunction[];
  function(name: string): DeployedFunction | undefined;
  instances(): InstanceSnapshot[];
  identityOf(accessKeyId: string): SandboxIdentity | undefined;
  /** Stops accepting, drains for at most `drainMs` (default 10 s), removes every sandbox. A second call may shorten the wait. */
  close(options?: CloseOptions): Promise<void>;
}
