/** The narrow interface of everything that is kept in the data directory's SQLite file. */
import type { DatabaseSync } from 'node:sqlite';
import type {
  DeployedFunction,
  InstanceTrail,
  InvocationRecord,
  LogLine,
  Outcome,
  TriggerSource,
  TriggerType,
} from '../core/types.ts';

export interface RecordFilter {
  function?: string;
  /** Epoch milliseconds, inclusive. */
  since?: number;
  /** Epoch milliseconds, exclusive. */
  until?: number;
  requestId?: string;
  outcome?: Outcome;
  triggerType?: TriggerType;
  /** Newest first when set, so that a limit keeps the latest. */
  newestFirst?: boolean;
  limit?: number;
}

/**
 * 1. `append` costs the caller no I/O: rows are written in batches, at the latest 100 ms later.
 * 2. Its buffer is bounded: past the bound it writes at once instead of growing.
 * 3. Reading flushes first, so that a reader sees what was appended.
 * 4. A read sees the records there were when it began, however long it takes and whatever is written meanwhile.
 * 5. Nothing is ever removed: about 280 bytes a record.
 * 6. Reports over all of it do not read records but scan columns: record-scan.ts.
 */
export interface Ledger {
  append(record: InvocationRecord): void;
  /** Streams rows; constant memory. */
  records(filter?: RecordFilter): IterableIterator<InvocationRecord>;
  count(filter?: RecordFilter): number;
  flush(): void;
}

export interface LogFilter {
  function?: string;
  since?: number;
  requestId?: string;
  limit?: number;
  /** Only lines after this row id; what --follow polls with. */
  afterId?: number;
}

/** Same rules as Ledger; keeps the newest lines only. */
export interface LogStore {
  append(line: LogLine): void;
  lines(filter?: LogFilter): (LogLine & { id: number })[];
  flush(): void;
}

export interface FunctionStore {
  save(deployed: DeployedFunction): void;
  remove(name: string): boolean;
  all(): DeployedFunction[];
  /** Every revision of the function that is kept, the present one too, latest deployed first. */
  history(name: string): DeployedFunction[];
  /**
   * Ids of the revisions whose artifacts are needed: the present ones, the few before them, and those that recorded
   * events ran on. What else there was of deployed functions is forgotten.
   */
  keepRevisions(): Set<string>;
}

/** An event as the function got it, redacted, for replaying. */
export interface RecordedEvent {
  requestId: string;
  function: string;
  /** That answered it. */
  revision: string | null;
  /** Epoch milliseconds. */
  receivedAt: number;
  trigger: TriggerSource;
  payload: Uint8Array;
}

/** Same rules as Ledger; keeps the newest only, up to a number of bytes. */
export interface RecordedEventStore {
  append(event: RecordedEvent): void;
  /** Most bytes to keep from now on. */
  limit(bytes: number): void;
  /** Newest first. */
  newest(filter: { function: string; since?: number; limit: number }): RecordedEvent[];
  count(): number;
  flush(): void;
}

export interface InstanceStore {
  save(trail: InstanceTrail): void;
  /** Newest first. */
  all(filter?: { function?: string; limit?: number }): InstanceTrail[];
}

export interface QueuedEvent {
  requestId: string;
  function: string;
  payload: Uint8Array;
  trigger: TriggerSource;
  parentRequestId: string | null;
  /** Events of one function that share a key are delivered one after the other, in commit order. */
  orderKey?: string | null;
  /** How many invocations came before it in its chain; default 0. */
  depth?: number;
  /** Not before so many milliseconds from now. */
  delayMs?: number;
}

export interface PendingEvent extends Omit<QueuedEvent, 'delayMs'> {
  id: number;
  orderKey: string | null;
  depth: number;
  /** Attempts made so far, those that found no room included. */
  attempts: number;
  /** Attempts in which the function ran and failed. */
  failures: number;
  enqueuedAt: number;
  /** Not before this time. */
  dueAt: number;
}

/**
 * Events that must be delivered at least once, also after kill -9.
 *
 * 1. `enqueue` is one synchronous insert: inside `Store.transaction` it commits or vanishes with the rest.
 * 2. An event stays until `done` or buried; what was in flight when the process died is pending again at start.
 * 3. Of the events of a function with one order key only the oldest is ever due.
 */
export interface EventQueue {
  enqueue(event: QueuedEvent): void;
  /** Names of the functions that have an event due which is not `exclude`d. */
  functionsDue(now: number, exclude: ReadonlySet<number>): string[];
  /** The oldest due events of one function that are not `exclude`d, in commit order. */
  due(functionName: string, now: number, limit: number, exclude: ReadonlySet<number>): PendingEvent[];
  /** When the next event falls due, or undefined when the queue is empty. */
  nextDueAt(exclude: ReadonlySet<number>): number | undefined;
  done(id: number): void;
  /** It never ran: its key waits with it. */
  retryAt(id: number, dueAt: number, attempts: number): void;
  /** It ran and failed: it is due again then, and its key waits no longer. */
  failedUntil(id: number, dueAt: number): void;
  /** Forgets the events of a function that was removed; returns how many. */
  removeAll(functionName: string): number;
  size(): number;
  /** Per function, how many wait and since when. */
  backlog(): { function: string; waiting: number; oldestAt: number }[];
}

export interface DeadEvent extends Pick<
  QueuedEvent,
  'requestId' | 'function' | 'payload' | 'trigger' | 'parentRequestId'
> {
  id: number;
  diedAt: number;
  reason: string;
  attempts: number;
  enqueuedAt: number;
}

/** Events that were given up: a dead-letter queue to look at and to deliver from again. */
export interface DeadEventStore {
  /** For an event that is given up before it was queued; may be part of a transaction. */
  add(event: QueuedEvent, reason: string): void;
  /** Moves a queued event here. */
  bury(queuedId: number, reason: string): void;
  /** Newest first. */
  all(filter?: { function?: string; limit?: number }): DeadEvent[];
  /** Puts it back into the queue under a new request id; false when there is none of that id. */
  revive(id: number): boolean;
  remove(id: number): boolean;
  size(): number;
}

export interface Store {
  /** For tables of the gateways' own (prefix them, e.g. `s3_`); the same file, hence one transaction. */
  readonly database: DatabaseSync;
  readonly ledger: Ledger;
  readonly logs: LogStore;
  readonly functions: FunctionStore;
  readonly recordedEvents: RecordedEventStore;
  readonly instances: InstanceStore;
  readonly queue: EventQueue;
  readonly deadEvents: DeadEventStore;
  /** BEGIN IMMEDIATE … COMMIT around synchronous work; rolls back and rethrows when it throws. */
  transaction<T>(work: () => T): T;
  close(): void;
}
