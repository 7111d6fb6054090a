import { describe, expect, test } from 'vitest';
import { useSubjects } from './subject.ts';

const { ready, running } = useSubjects();

describe('a revision is found in every usual form', () => {
  test.each([
    ['commonjs', 'index.cjs', 'handler', { style: 'commonjs', main: false }],
    ['commonjs', 'index.js', '', 'the module itself'],
    ['default-export', 'index.mjs', '', 'default'],
    ['default-export', 'index.mjs', 'default', 'default'],
    ['default-export', 'transpiled.cjs', '', 'transpiled'],
    ['top-level-await', 'index.mjs', 'handler', 'awaited'],
  ])('%s/%s, export "%s"', async (name, entry, exportName, value) => {
    const { invoke } = await running(name, exportName, { entry });
    expect(await invoke()).toMatchObject({ type: 'result', value });
  });
});

describe('a revision that does not load says why', () => {
  test.each([
    ['styles', 'index.mjs', 'absent', 'Runtime.HandlerNotFound', 'index.absent is undefined or not exported'],
    [
      'styles',
      'index.mjs',
      'notAFunction',
      'Runtime.HandlerNotFound',
      'index.notAFunction is not a function',
    ],
    [
      'styles',
      'absent.mjs',
      'handler',
      'Runtime.ImportModuleError',
      "Error: Cannot find module 'absent.mjs'",
    ],
    ['syntax-error', 'index.mjs', 'handler', 'Runtime.UserCodeSyntaxError', /^SyntaxError: /],
    [
      'missing-package',
      'index.mjs',
      'handler',
      'Runtime.ImportModuleError',
      /Cannot find package 'no-such-package'/,
    ],
    [
      'missing-package',
      'index.cjs',
      'handler',
      'Runtime.ImportModuleError',
      /Cannot find module '.\/no-such-file'/,
    ],
    ['throws-on-load', 'index.mjs', 'handler', 'RangeError', 'thrown at load'],
    ['top-level-await', 'rejects.mjs', 'handler', 'TypeError', 'rejected at the top'],
  ])('%s/%s, export "%s": %s', async (name, entry, exportName, errorType, message) => {
    const { init } = await ready(name);
    expect(await init(exportName, { entry })).toMatchObject({
      type: 'init-failed',
      error: { errorType, errorMessage: expect.stringMatching(message), trace: expect.any(Array) },
    });
  });

  test('what it printed before is heard, without a request', async () => {
    const { init, logs } = await ready('throws-on-load');
    await init('handler');
    expect(logs[0]).toMatchObject({ requestId: null, text: 'about to throw' });
    expect(logs[1]).toMatchObject({ level: 'ERROR', text: expect.stringContaining('thrown at load') });
  });

  test('a rejection that nobody handles fails it and ends the sandbox', async () => {
    const { init, sandbox } = await ready('throws-on-load');
    expect(await init('handler', { entry: 'late.mjs' })).toMatchObject({
      type: 'init-failed',
      error: { errorType: 'Runtime.UnhandledPromiseRejection' },
    });
    expect(await sandbox.exited).toMatchObject({ code: 128 });
  });

  test('an exit while loading is an exit', async () => {
    const { init, sandbox, logs } = await ready('throws-on-load');
    await expect(init('handler', { entry: 'exits.mjs' })).rejects.toThrow('the sandbox ended');
    expect(await sandbox.exited).toMatchObject({ code: 7 });
    expect(logs).toMatchObject([{ text: 'about to exit' }]);
  });
});
