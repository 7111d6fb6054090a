import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { useSubjects } from './subject.ts';

const { running, readyAt } = useSubjects();
const event = { n: 1 };

describe('a Lambda handler answers', () => {
  test.each([
    ['returnsPromise', { got: event }],
    ['returnsValue', { got: event }],
    ['returnsThenable', 'thenable'],
    ['returnsNothing', null],
    ['returnsFunction', null],
    ['callsBack', { got: event }],
    ['callsBackAtOnce', { got: event }],
    ['callsBackTwice', 'first'],
    ['asyncCallsBack', 'from an async function'],
    ['forgetsTheCallback', null],
    ['succeeds', 'succeed'],
    ['isDone', 'done'],
    ['waitsForTheLoop', { ranBefore: true }],
    ['doesNotWait', 'at once'],
    ['nested.deep.handler', 'nested'],
  ])('%s', async (exportName, value) => {
    const { invoke } = await running('styles', exportName);
    expect(await invoke(event)).toMatchObject({ type: 'result', value });
    expect(await invoke(event)).toMatchObject({ type: 'result', value });
  });

  test('up to the largest size', async () => {
    const { invoke } = await running('styles', 'answersTheMost');
    expect(await invoke()).toMatchObject({ type: 'result' });
  });
});

describe('a Lambda handler fails as on Lambda, and the sandbox stays', () => {
  test.each([
    ['throws', 'RangeError', 'thrown'],
    ['rejects', 'Error', 'rejected'],
    ['fails', 'Error', 'fail'],
    ['failsWithNothing', 'string', 'handled'],
    ['callsBackWithError', 'TypeError', 'by callback'],
    ['callsBackWithText', 'string', 'only text'],
    ['throwsText', 'string', 'only text'],
    ['throwsNull', 'string', 'handled'],
    ['throwsObject', 'object', '[object Object]'],
    ['throwsHostile', 'handled', expect.stringContaining('cannot be read')],
    ['answersBigInt', 'Error', 'Unable to stringify response body'],
    ['answersCycle', 'Error', 'Unable to stringify response body'],
    [
      'answersTooMuch',
      'Function.ResponseSizeTooLarge',
      'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    ],
    ['neverSettles', 'Runtime.NodeJsExit', expect.stringContaining('never settle')],
    ['neverSettlesNorIsAsync', 'Runtime.NodeJsExit', expect.stringContaining('never settle')],
  ])('%s: %s', async (exportName, errorType, errorMessage) => {
    const { invoke } = await running('styles', exportName);
    const failure = { type: 'failed', fatal: false, error: { errorType, errorMessage } };
    expect(await invoke()).toMatchObject(failure);
    expect(await invoke()).toMatchObject(failure);
  });

  test("the trace names the function's own lines", async () => {
    const { invoke } = await running('styles', 'throws');
    const answer = await invoke();
    expect(answer).toMatchObject({
      error: {
        trace: ['RangeError: thrown', expect.stringMatching(/^ {4}at .*styles\/index\.mjs:\d+:\d+/)],
      },
    });
  });

  test('what the user added to an error is in the log', async () => {
    const { invoke, logs } = await running('styles', 'throwsWithDetails');
    await invoke();
    const [logged] = logs;
    expect(logged).toMatchObject({ level: 'ERROR', text: expect.stringMatching(/^Invoke Error \t\{/) });
    expect(JSON.parse(logged!.text.split('\t')[1]!)).toMatchObject({
      errorType: 'Error',
      errorMessage: 'with details',
      code: 'E_DETAIL',
      status: 418,
      stack: expect.arrayContaining(['Error: with details']),
    });
  });
});

describe('a failure that nobody catches ends the sandbox after it was told', () => {
  test.each([
    ['unhandledRejection', 'Runtime.UnhandledPromiseRejection', 'Error: nobody listens', 128],
    ['uncaughtException', 'Error', 'out of nowhere', 129],
  ])('%s', async (exportName, errorType, errorMessage, code) => {
    const { invoke, sandbox } = await running('late-failures', exportName);
    expect(await invoke()).toMatchObject({ type: 'failed', fatal: true, error: { errorType, errorMessage } });
    expect(await sandbox.exited).toMatchObject({ code, outside: false, oom: false });
  });

  test('also between two calls', async () => {
    const { invoke, sandbox, logs } = await running('late-failures', 'afterTheAnswer');
    expect(await invoke()).toMatchObject({ value: 'answered' });
    expect(await sandbox.exited).toMatchObject({ code: 129 });
    expect(logs.at(-1)?.text).toContain('after the answer');
  });
});

test('the context says what runs, how long it may and who asked', async () => {
  const { invoke } = await running('styles', 'context');
  const answer = await invoke(
    {},
    {
      requestId: 'request-1',
      deadlineMs: Date.now() + 5_000,
      clientContext: '{"custom":{"a":"b"}}',
      traceId: 'Root=1-2',
    },
  );
  expect(answer).toMatchObject({
    value: {
      awsRequestId: 'request-1',
      functionName: 'subject',
      functionVersion: '$LATEST',
      memoryLimitInMB: '256',
      invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:subject',
      logGroupName: '/aws/lambda/subject',
      logStreamName: '2026/01/01/[$LATEST]0',
      clientContext: { custom: { a: 'b' } },
      callbackWaitsForEmptyEventLoop: true,
      traceId: 'Root=1-2',
    },
  });
  const { before } = (answer as { value: { before: number } }).value;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThanOrEqual(5_000);
  expect(await invoke()).toMatchObject({ value: { traceId: null } });
});

test('console keeps its groups, its formats and its levels', async () => {
  const { invoke, logs } = await running('styles', 'grouped');
  await invoke();
  const told = logs.map(({ level, text }) => [level, text]);
  expect(told.slice(0, 3)).toEqual([
    ['INFO', 'outer'],
    ['INFO', '  inner\n  twice'],
    ['DEBUG', 'x is 1'],
  ]);
  expect(told[3]).toEqual(['TRACE', expect.stringMatching(/^Trace: here\n {4}at .*styles\/index\.mjs/)]);
  expect(told[4]).toEqual([null, '{ a: 1 }']);
  expect(told.slice(5).join('\n')).toContain('│');
});

test('errors and what is logged of them name the lines that the user wrote', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'faas-'));
  await writeFile(
    join(folder, 'order.ts'),
    `type Order = { id: number };

     export const handler = async (order: Order): Promise<void> => {
       console.error(new Error('logged'));
       throw new Error('thrown');
     };`,
  );
  await build({
    entryPoints: [join(folder, 'order.ts')],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    format: 'esm',
    sourcemap: 'linked',
  });
  const { init, invoke, logs } = await readyAt(folder);
  await init('handler');
  expect(await invoke()).toMatchObject({
    error: { trace: ['Error: thrown', `    at handler (${join(folder, 'order.ts')}:5:14)`] },
  });
  expect(logs[0]?.text).toBe(`Error: logged\n    at handler (${join(folder, 'order.ts')}:4:22)`);
  await rm(folder, { recursive: true });
});
