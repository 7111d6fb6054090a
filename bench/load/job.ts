/** What the load generator is asked, what its process answers, and what becomes of that. */
export interface LoadJob {
  /** Scheme, host and port. */
  url: string;
  path: string;
  /** `{n}` in the path runs from 0 to this number minus one, over and over. */
  paths?: number;
  method: string;
  /** Size of the request's body; 0: none. */
  bodyBytes: number;
  /** Each sends its next request when it has the answer to the last. */
  connections: number;
  /** Requests of this first stretch are sent and not counted. */
  warmUpMs: number;
  durationMs: number;
  /** Ends sooner when so many were sent. */
  requests?: number;
}

export interface LoadResult {
  /** One for each counted request that was answered with 200. */
  latenciesMs: Float64Array;
  elapsedMs: number;
  failures: number;
  firstFailure: string | null;
}

export interface LoadSummary {
  requests: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}
