/**
 * The figures of very many records. SQLite packs a column of some thousand rows into one JSON array and JSON.parse
 * takes it apart, which for a million records is several times faster than asking for rows. Every column costs another
 * 40 to 80 ms a million, hence three small tricks: what few records have stands in sparse columns, small whole numbers
 * share one, and names of a closed set are numbers.
 */
import type { SQLInputValue } from 'node:sqlite';
import { COLD_REASONS, OUTCOMES, STARTS } from '../core/types.ts';
import type { ColdReason, Outcome, Start } from '../core/types.ts';
import { storeError } from './store-error.ts';
import type { RecordFilter, Store } from './store.ts';

/** Times in whole microseconds; null where the record has none. */
export interface ScannedRecord {
  function: string;
  /** What was asked for beside the function; else empty. */
  name: string;
  outcome: Outcome;
  start: Start | null;
  coldReason: ColdReason | null;
  /** Epoch milliseconds, the fraction cut off. */
  receivedAtMs: number;
  durationUs: number;
  initUs: number | null;
  /** 0 when warm. */
  coldStartUs: number;
  provisionUs: number | null;
  bootUs: number | null;
  memoryMb: number;
  tmpMb: number;
  /** Whole MB. */
  maxMemoryMb: number | null;
  cpuUs: number | null;
  /** Of the event, where it is above 64 KB and nobody waited for the answer; else 0. */
  asyncBytes: number;
}

export interface Scan {
  filter: Pick<RecordFilter, 'function' | 'since' | 'until'>;
  /** A second name of each record. */
  name?: 'trigger' | 'revision' | undefined;
  /** Whether CPU times are wanted; without them `cpuUs` is null. */
  cpu?: boolean;
}

/** Rows a batch: about 5 ms of work, after which whoever reads in turns can let others run. */
const BATCH = 5000;

/**
 * Hands over the matching records there were when the scan began, in the order in which they were written, and yields
 * after each batch. It is one object that changes: copy what is to be kept.
 */
export function* scanRecords(
  { database, ledger }: Pick<Store, 'database' | 'ledger'>,
  scan: Scan,
  each: (record: ScannedRecord) => void,
): Generator<undefined, void> {
  ledger.flush();
  const { where, values } = conditions(scan.filter);
  try {
    const range = database
      .prepare(
        `SELECT min(id) AS first, max(id) AS last FROM records${where === '' ? '' : ` WHERE ${where}`}`,
      )
      .get(...values);
    const [first, last] = [range?.['first'], range?.['last']];
    if (typeof first !== 'number' || typeof last !== 'number') return;
    const statement = database.prepare(batchQuery(scan, where));
    for (let id = first; id <= last; id += BATCH) {
      const row = statement.get(id, Math.min(id + BATCH - 1, last), ...values);
      if (row !== undefined) unpack(row, each);
      yield;
    }
  } catch (error) {
    throw storeError(error, 'faas.db');
  }
}

const microseconds = (column: string): string => `CAST(round(${column} * 1000) AS INTEGER)`;
/** From 1 on, in the order of the list; 0 for null. */
const numberIn = (names: readonly string[], column: string): string =>
  `CASE ${column} ${names.map((name, index) => `WHEN '${name}' THEN ${index + 1}`).join(' ')} ELSE 0 END`;

/** Places in `kind`: 16 outcomes, 4 starts, two flags. */
const START = 16;
const HAS_INIT = 64;
const IS_LARGE = 128;
const WARM_SUCCESS = OUTCOMES.indexOf('success') + 1 + START * (STARTS.indexOf('warm') + 1);
/** In `sizes`: above any size of /tmp in MB. */
const MEMORY = 16_384;
/** Events below are never billed by their size. */
const LARGE_BYTES = 65_536;

/** Columns with a value for every record. */
const DENSE = {
  function: 'function',
  // The common case first: it saves a sixth of what all columns take.
  kind: `CASE WHEN start = 'warm' AND outcome = 'success' AND init_ms IS NULL AND request_bytes <= ${LARGE_BYTES} THEN ${WARM_SUCCESS}
    ELSE ${numberIn(OUTCOMES, 'outcome')} + ${START} * ${numberIn(STARTS, 'start')} + ${HAS_INIT} * (init_ms IS NOT NULL) + ${IS_LARGE} * (request_bytes > ${LARGE_BYTES}) END`,
  receivedAtMs: 'CAST(received_at AS INTEGER)',
  durationUs: microseconds('duration_ms'),
  sizes: `CAST(memory_mb AS INTEGER) * ${MEMORY} + CAST(tmp_mb AS INTEGER)`,
  maxMemoryMb: 'CAST(max_memory_mb AS INTEGER)',
} as const;

/** [reason, init, cold start, provision, boot] of what is not warm, and of first calls to provisioned instances. */
const FIRSTS = `json_group_array(json_array(${[
  numberIn(COLD_REASONS, 'cold_reason'),
  ...['init_ms', 'cold_start_ms', 'provision_ms', 'boot_ms'].map(microseconds),
].join(', ')})) FILTER (WHERE init_ms IS NOT NULL OR start <> 'warm')`;
type First = [coldReason: number, ...us: (number | null)[]];

/** Of what is large: its bytes where nobody waited for the answer. */
const ASYNC_BYTES = `json_group_array(CASE WHEN trigger_type IN ('s3', 'schedule') THEN request_bytes ELSE 0 END)
  FILTER (WHERE request_bytes > ${LARGE_BYTES})`;

const NAMES = {
  revision: "coalesce(revision, '')",
  trigger: "trigger_type || coalesce(' ' || trigger_source, '')",
} as const;

/** NOT INDEXED: by row id, which batches need and the planner would trade for an index on the function. */
function batchQuery({ name, cpu = false }: Scan, where: string): string {
  const columns = [
    ...Object.entries(DENSE).map(([as, sql]) => `json_group_array(${sql}) AS ${as}`),
    `${FIRSTS} AS firsts`,
    `${ASYNC_BYTES} AS asyncBytes`,
    ...(name === undefined ? [] : [`json_group_array(${NAMES[name]}) AS name`]),
    ...(cpu ? [`json_group_array(${microseconds('cpu_ms')}) AS cpuUs`] : []),
  ];
  return `SELECT ${columns.join(', ')} FROM records NOT INDEXED
    WHERE id BETWEEN ? AND ?${where === '' ? '' : ` AND ${where}`}`;
}

function unpack(row: Record<string, unknown>, each: (record: ScannedRecord) => void): void {
  // The casts: the expressions above yield these types; SQLite cannot tell.
  const parsed = (column: string): unknown => JSON.parse((row[column] as string | undefined) ?? '[]');
  const numbers = (column: string) => parsed(column) as (number | null)[];
  const texts = (column: string) => parsed(column) as string[];
  const [functions, names, kinds] = [texts('function'), texts('name'), numbers('kind')];
  const [receivedAtMs, durationUs, sizes] = [
    numbers('receivedAtMs'),
    numbers('durationUs'),
    numbers('sizes'),
  ];
  const [maxMemoryMb, cpuUs] = [numbers('maxMemoryMb'), numbers('cpuUs')];
  const firsts = (parsed('firsts') as First[]).values();
  const asyncBytes = numbers('asyncBytes').values();
  const record: ScannedRecord = { ...BLANK };
  let wasFirst = false;
  for (const [index, kind] of kinds.entries()) {
    const flags = kind ?? 0;
    const size = sizes[index] ?? 0;
    record.function = functions[index] ?? '';
    record.name = names[index] ?? '';
    record.outcome = OUTCOMES[(flags % START) - 1] ?? 'success';
    record.start = STARTS[((flags % HAS_INIT) >> 4) - 1] ?? null;
    record.receivedAtMs = receivedAtMs[index] ?? 0;
    record.durationUs = durationUs[index] ?? 0;
    record.memoryMb = Math.floor(size / MEMORY);
    record.tmpMb = size % MEMORY;
    record.maxMemoryMb = maxMemoryMb[index] ?? null;
    record.cpuUs = cpuUs[index] ?? null;
    const isFirst = (flags & HAS_INIT) !== 0 || (record.start !== 'warm' && record.start !== null);
    if (isFirst || wasFirst) setFirst(record, isFirst ? firsts.next().value : undefined);
    wasFirst = isFirst;
    record.asyncBytes = (flags & IS_LARGE) === 0 ? 0 : (asyncBytes.next().value ?? 0);
    each(record);
  }
}

function setFirst(record: ScannedRecord, first: First = NOT_FIRST): void {
  record.coldReason = COLD_REASONS[first[0] - 1] ?? null;
  record.initUs = first[1] ?? null;
  record.coldStartUs = first[2] ?? 0;
  record.provisionUs = first[3] ?? null;
  record.bootUs = first[4] ?? null;
}

const NOT_FIRST: First = [0];

const BLANK: ScannedRecord = {
  function: '',
  name: '',
  outcome: 'success',
  start: null,
  coldReason: null,
  receivedAtMs: 0,
  durationUs: 0,
  initUs: null,
  coldStartUs: 0,
  provisionUs: null,
  bootUs: null,
  memoryMb: 0,
  tmpMb: 0,
  maxMemoryMb: null,
  cpuUs: null,
  asyncBytes: 0,
};

function conditions({ function: name, since, until }: Scan['filter']): {
  where: string;
  values: SQLInputValue[];
} {
  const given = [
    ['function = ?', name],
    ['received_at >= ?', since],
    ['received_at < ?', until],
  ] as const;
  return {
    where: given.flatMap(([sql, value]) => (value === undefined ? [] : [sql])).join(' AND '),
    values: given.flatMap(([, value]) => (value === undefined ? [] : [value])),
  };
}
