/** What the administration API answers, as far as commands read it. */
import type { FunctionView } from '../../gateway/admin/views.ts';
import type { InstanceSnapshot } from '../../runtime/api.ts';
import type { Decimal } from '../../runtime/metering/decimal.ts';
import type { CostComparison, CostFigures, CostReport, CostRow } from '../../runtime/metering/report.ts';
import type { ExactNumber } from './exact-json.ts';
import type { ErrorPayload, InstanceTrail, InvocationRecord, LogLine } from '../../runtime/core/types.ts';

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

export type { FunctionView } from '../../gateway/admin/views.ts';

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

/** What `faas ps` shows. */
export interface PsView {
  functions: FunctionView[];
  instances: InstanceSnapshot[];
  /** Newest first; with --all. */
  ended?: InstanceTrail[];
}

/** After its way through JSON: sums may have more digits than a double holds; see exact-json.ts. */
type Exact<T> = T extends Decimal
  ? ExactNumber
  : T extends readonly (infer Item)[]
    ? Exact<Item>[]
    : T extends object
      ? { [Key in keyof T]: Exact<T[Key]> }
      : T;

/** A runtime of an older version has no `invoice` and no `waste`. */
export type CostReportView = Exact<
  Omit<CostReport, 'invoice' | 'waste'> & Partial<Pick<CostReport, 'invoice' | 'waste'>>
>;
export type CostFiguresView = Exact<CostFigures>;
export type CostRowView = Exact<CostRow>;
export type CostComparisonView = Exact<CostComparison>;
