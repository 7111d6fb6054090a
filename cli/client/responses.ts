/** What the administration API answers, as far as commands read it. */
import type { InstanceSnapshot } from '../../runtime/api.ts';
import type { ErrorPayload, InvocationRecord, LogLine } from '../../runtime/core/types.ts';

export interface StatusResponse {
  version: string;
  pid: number;
  startedAt: number;
  dataDir: string;
  configFile: string | null;
  driver: { name: string; reason: string; isolates: boolean };
  url: string;
  adminUrl: string;
  awsEndpoint: string;
  functions: number;
  instances: number;
  queued: number;
}

export interface TriggerView {
  type: string;
  description: string;
  url?: string;
}

export interface FunctionView {
  name: string;
  revision: string;
  runtime: string;
  handler: string | null;
  memoryMb: number;
  timeoutMs: number;
  idleTimeoutMs: number;
  concurrency: number;
  tmpMb: number;
  triggers: TriggerView[];
  sizeBytes: number;
  origin: string;
  deployedAt: number;
  source: string;
}

export interface DeployResponse {
  function: FunctionView;
  changed: boolean;
  buildMs: number;
  notes: string[];
}

export interface InvokeResponse {
  record: InvocationRecord;
  payload: unknown;
  error: ErrorPayload | null;
  log?: LogLine[];
}

export type StoredLogLine = LogLine & { id: number };

export interface InstancesResponse {
  instances: InstanceSnapshot[];
}

/** A sum that may have more digits than a double holds; see exact-json.ts. */
export type ExactNumber = unknown;

interface Percentiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface CostFigures {
  invocations: number;
  coldStarts: number;
  errors: number;
  billedMs: ExactNumber;
  gbSeconds: ExactNumber;
  requestsUsd: ExactNumber;
  computeUsd: ExactNumber;
  totalUsd: ExactNumber;
  coldStartMs: Percentiles;
  durationMs: Percentiles;
}

export type CostRowView = CostFigures & Partial<Record<'function' | 'trigger' | 'day', string>>;

export interface CostReportView {
  rates: unknown;
  from: unknown;
  to: unknown;
  rows: CostRowView[];
  totals: CostFigures;
}
