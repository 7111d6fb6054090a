/** What the administration API answers, as far as commands read it. */
import type { FunctionView } from '../../gateway/admin/views.ts';
import type { InstanceSnapshot } from '../../runtime/api.ts';
import type { Charges } from '../../runtime/metering/bill.ts';
import type { CostFigures, CostGroup, CostReport } from '../../runtime/metering/report.ts';
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

/** A report after its way through JSON: sums may have more digits than a double holds; see exact-json.ts. */
export type CostReportView = Omit<CostReport, 'rows' | 'totals'> & {
  rows: CostRowView[];
  totals: CostFiguresView;
};

export type CostFiguresView = Omit<CostFigures, keyof Charges> & Record<keyof Charges, unknown>;

export type CostRowView = CostFiguresView & Partial<Record<CostGroup, string>>;
