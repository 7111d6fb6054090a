/** SQL from outside: what it sees, what it is refused, and that it never gets in the way. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newRequestId } from '../../../runtime/core/ids.ts';
import type { InvocationRecord } from '../../../runtime/core/types.ts';
import { forbiddenWord, isReading } from '../../../runtime/store/query-views.ts';
import { startHarness, type AdminHarness } from '../admin/admin-harness.ts';

let harness: AdminHarness;

beforeAll(async () => {
  harness = await startHarness();
  for (let index = 0; index < 30; index += 1) harness.store.ledger.append(record(index));
  harness.store.logs.append({
    at: 1,
    function: 'hello',
    instance: null,
    requestId: null,
    stream: 'stdout',
    level: null,
    line: 'a line',
  });
  harness.store.instances.save({
    id: 'i1',
    function: 'hello',
    revision: 'r1',
    driver: 'process',
    memoryMb: 128,
    states: [
      { state: 'starting', at: 100 },
      { state: 'stopping', at: 900 },
    ],
    endReason: 'idle',
    calls: 3,
    peakMemoryMb: 40,
  });
});

afterAll(() => harness.close());

const record = (index: number): InvocationRecord => ({
  requestId: newRequestId(),
  function: index % 3 === 0 ? 'resize' : 'hello',
  revision: 'r1',
  instance: 'i1',
  trigger: { type: 'http', source: 'GET /' },
  outcome: 'success',
  errorType: null,
  errorMessage: null,
  start: 'warm',
  coldReason: null,
  receivedAt: 1_800_000_000_000 + index,
  phases: { queueMs: 0, provisionMs: null, bootMs: null, initMs: null, thawMs: null, handlerMs: index },
  coldStartMs: 0,
  durationMs: index,
  billedMs: index,
  memoryMb: 128,
  maxMemoryMb: 40,
  cpuMs: 1,
  tmpMb: 512,
  tmpUsedMb: null,
  requestBytes: 2,
  responseBytes: 2,
  attempt: 1,
  parentRequestId: null,
});

const post = (body: unknown): Promise<Response> =>
  harness.ask('/api/query', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('a query sees what was recorded a moment ago, in columns and rows', async () => {
  const sql =
    'SELECT function, count(*) AS n, max(duration_ms) AS slowest FROM records GROUP BY 1 ORDER BY 1';
  const answer = await (await post({ sql })).json();
  expect(answer).toMatchObject({
    columns: ['function', 'n', 'slowest'],
    rows: [
      ['hello', 20, 29],
      ['resize', 10, 27],
    ],
    truncated: false,
  });
});

test('parameters fill the question marks, and plain text is a query as well', async () => {
  const counted = await post({
    sql: 'SELECT count(*) FROM records WHERE function = ?',
    parameters: ['resize'],
  });
  expect(await counted.json()).toMatchObject({ rows: [[10]] });
  const plain = await harness.ask('/api/query', { method: 'POST', body: 'SELECT line FROM logs' });
  expect(await plain.json()).toMatchObject({ columns: ['line'], rows: [['a line']] });
});

test('instances have their times as columns', async () => {
  const sql = 'SELECT id, started_at, ended_at, end_reason, calls FROM instances';
  expect(await (await post({ sql })).json()).toMatchObject({ rows: [['i1', 100, 900, 'idle', 3]] });
});

test('a query may count what it makes itself', async () => {
  const sql =
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT count(*) FROM n';
  expect(await (await post({ sql })).json()).toMatchObject({ rows: [[9]] });
});

test('rows past the limit are left out, and the answer says so', async () => {
  const answer = await (await post({ sql: 'SELECT request_id FROM records', limit: 7 })).json();
  expect(answer).toMatchObject({ truncated: true });
  expect((answer as { rows: unknown[] }).rows).toHaveLength(7);
});

describe('a query is refused that', () => {
  test.each([
    { what: 'inserts', sql: "INSERT INTO records (request_id) VALUES ('x')" },
    { what: 'inserts after WITH', sql: 'WITH x AS (SELECT 1) INSERT INTO log_lines (line) SELECT * FROM x' },
    { what: 'deletes', sql: 'DELETE FROM records' },
    { what: 'drops', sql: 'DROP TABLE records' },
    { what: 'attaches', sql: "ATTACH '/etc/passwd' AS other" },
    { what: 'sets a pragma', sql: 'PRAGMA writable_schema = 1' },
    { what: 'reads a pragma', sql: 'SELECT * FROM pragma_database_list' },
    { what: 'reads the functions, with their environment', sql: 'SELECT deployed FROM functions' },
    { what: 'counts the functions', sql: 'SELECT count(*) FROM main.functions' },
    { what: 'reads waiting events', sql: 'SELECT payload FROM queued_events' },
    { what: 'reads the schema', sql: 'SELECT sql FROM sqlite_schema' },
    { what: 'loads an extension', sql: "SELECT load_extension('x')" },
    { what: 'is no SQL', sql: 'SELECT FROM' },
    { what: 'is empty', sql: ' ' },
  ])('$what', async ({ sql }) => {
    const answer = await post({ sql });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'UsageError' } });
  });

  test.each([
    { body: 'not json', expected: /JSON object/ },
    { body: { sql: 1 }, expected: /sql/ },
    { body: { sql: 'SELECT 1', parameters: [{}] }, expected: /parameters/ },
    { body: { sql: 'SELECT 1', limit: 0 }, expected: /limit/ },
  ])('has a wrong shape: $body', async ({ body, expected }) => {
    const { error } = (await (await post(body)).json()) as { error: { expected: string } };
    expect(error.expected).toMatch(expected);
  });
});

test('what follows the first statement is not run', async () => {
  await post({ sql: 'SELECT 1; DROP TABLE records' });
  expect(await (await post({ sql: 'SELECT count(*) FROM records' })).json()).toMatchObject({ rows: [[30]] });
});

test('a query that never ends is stopped, and the runtime answers meanwhile', async () => {
  const sql = 'WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i FROM x) SELECT count(*) FROM x';
  const endless = post({ sql });
  const order: string[] = [];
  await Promise.all([
    endless.then(() => order.push('endless')),
    harness.json('/api/status').then(() => order.push('status')),
  ]);
  expect(order).toEqual(['status', 'endless']);
  expect(await (await endless).json()).toMatchObject({ error: { message: expect.stringContaining('5 s') } });
});

describe('without an authorizer', () => {
  const tables = ['records', 'log_lines', 'functions', 's3_objects'];

  test.each([
    { sql: 'SELECT * FROM Functions', word: 'functions' },
    { sql: 'SELECT * FROM "s3_objects"', word: 's3_objects' },
    { sql: "SELECT * FROM 'functions'", word: 'functions' },
    { sql: 'SELECT * FROM pragma_table_list', word: 'pragma_table_list' },
    { sql: 'SELECT * FROM main.sqlite_master', word: 'sqlite_master' },
    { sql: 'SELECT function FROM records, logs', word: undefined },
  ])('$sql names $word', ({ sql, word }) => expect(forbiddenWord(sql, tables)).toBe(word));

  test.each([
    { sql: '-- a comment\n SELECT 1', reads: true },
    { sql: '/* another */ with x as (select 1) select * from x', reads: true },
    { sql: 'SELECTED', reads: false },
    { sql: '-- select\nDELETE FROM records', reads: false },
  ])('$sql reads: $reads', ({ sql, reads }) => expect(isReading(sql)).toBe(reads));
});
