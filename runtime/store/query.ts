/** SQL from outside, read only, in a process of its own, bounded in time, rows and bytes. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FaasError } from '../core/errors.ts';

export type QueryValue = string | number | null;

export interface QueryOptions {
  sql: string;
  /** For the `?` in it. */
  parameters?: readonly QueryValue[];
  /** More are not read; the result says so. */
  maxRows?: number;
  timeoutMs?: number;
}

export interface QueryResult {
  columns: string[];
  /** One list of values a row, in the order of `columns`. */
  rows: QueryValue[][];
  /** There was more. */
  truncated: boolean;
  elapsedMs: number;
}

/** To the process, on its stdin. */
export interface QueryRequest {
  dataDir: string;
  sql: string;
  parameters: readonly QueryValue[];
  maxRows: number;
  maxBytes: number;
}

/** And back. */
export type QueryAnswer =
  | { ok: true; columns: string[]; rows: QueryValue[][]; truncated: boolean }
  | { ok: false; message: string };

export const QUERY_LIMITS = { defaultRows: 1000, mostRows: 50_000, timeoutMs: 5000, atOnce: 4 } as const;

const MAX_BYTES = 16 * 1024 * 1024;

let running = 0;

/** @throws FaasError UsageError for what the query says, Throttled when too many run */
export async function query(dataDir: string, options: QueryOptions): Promise<QueryResult> {
  const {
    sql,
    parameters = [],
    maxRows = QUERY_LIMITS.defaultRows,
    timeoutMs = QUERY_LIMITS.timeoutMs,
  } = options;
  if (running >= QUERY_LIMITS.atOnce) throw tooMany();
  running += 1;
  const startedAt = performance.now();
  try {
    const text = await ask({ dataDir, sql, parameters, maxRows, maxBytes: MAX_BYTES }, timeoutMs);
    const answer = JSON.parse(text) as QueryAnswer; // written by query-process.ts
    if (!answer.ok) throw refused(answer.message);
    const { columns, rows, truncated } = answer;
    return { columns, rows, truncated, elapsedMs: Math.round(performance.now() - startedAt) };
  } finally {
    running -= 1;
  }
}

/** In dist/ as in the sources, the program is one folder up and one down from here. */
function programFile(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../store/query-process.${extension}`, import.meta.url));
}

function ask(request: QueryRequest, timeoutMs: number): Promise<string> {
  const child = spawn(process.execPath, ['--max-old-space-size=256', programFile()], {
    env: {},
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  // It may have ended before it has read everything; how it ended says why.
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(request));
  return new Promise((resolve, reject) => {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (timedOut) reject(tookTooLong(timeoutMs));
      else if (code === 0) resolve(Buffer.concat(output).toString('utf8'));
      else reject(refused(`it ended badly: ${Buffer.concat(errors).toString('utf8').trim().slice(-300)}`));
    });
  });
}

const refused = (message: string): FaasError =>
  new FaasError('UsageError', `the query was refused: ${message}`, {
    expected: 'one reading statement over the views records, instances and logs',
    got: message,
    remedy: 'docs/open-data.md lists the views and their columns',
  });

const tookTooLong = (timeoutMs: number): FaasError =>
  new FaasError('UsageError', `the query took longer than ${timeoutMs / 1000} s and was stopped`, {
    expected: `an answer within ${timeoutMs / 1000} s`,
    got: 'none yet',
    remedy: 'narrow it: WHERE received_at > … uses an index, function = … too',
  });

const tooMany = (): FaasError =>
  new FaasError('Throttled', 'too many queries at once', {
    expected: `at most ${QUERY_LIMITS.atOnce}`,
    got: 'one more',
    remedy: 'try again when one has ended',
  });
