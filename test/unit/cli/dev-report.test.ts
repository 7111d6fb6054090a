/** What `faas dev` prints of what it does. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { Context } from '../../../cli/context.ts';
import { reporter } from '../../../cli/dev/report.ts';
import { resolveFunction } from '../../../runtime/config/resolve-function.ts';
import type { LoadedConfig } from '../../../runtime/config/load.ts';
import { FaasError } from '../../../runtime/core/errors.ts';
import type { DeployedFunction } from '../../../runtime/core/types.ts';
import type { DevReport } from '../../../runtime/dev.ts';

const CWD = '/home/ada/app';
const hello: DeployedFunction = {
  settings: resolveFunction('hello', { source: '.' }, import.meta.dirname, ['hello']),
  revision: {
    id: '0123456789ab',
    functionName: 'hello',
    artifactDir: '/artifacts/0123456789ab',
    entry: 'index.mjs',
    exportName: 'handler',
    sizeBytes: 1,
    inputs: [],
  },
  origin: 'config',
  deployedAt: 0,
};
const error = new FaasError('BuildFailed', 'function hello does not build: 1 error', {
  expected: 'code',
  got: 'index.ts:1:1: no',
  remedy: 'correct it',
});
const loaded = {} as LoadedConfig; // for the gateways; nothing of it is printed

const deployed: DevReport = {
  kind: 'deployed',
  function: hello,
  buildMs: 12.345,
  liveMs: 31.5,
  files: [`${CWD}/hello/index.ts`, '/elsewhere/lib.ts'],
  notes: ['kept out because they look secret: .env'],
};
const failed: DevReport = {
  kind: 'failed',
  name: 'hello',
  files: [`${CWD}/hello/index.ts`],
  error,
  serving: '0123456789ab',
};

async function printed(json: boolean, reports: DevReport[]): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io = { stdout, stderr, stdin: new PassThrough(), env: {}, cwd: CWD };
  const report = reporter(new Context(io, { json }));
  for (const one of reports) report(one);
  stdout.end();
  stderr.end();
  return {
    stdout: (await text(stdout)).replaceAll(/^\d\d:\d\d:\d\d\.\d{3} {2}/gmu, ''),
    stderr: await text(stderr),
  };
}

test.each<{ report: DevReport; line: string; event: object | null }>([
  {
    report: deployed,
    line: '↻ hello  hello/index.ts and 1 more  built in 12.3 ms, live in 31.5 ms  0123456789ab',
    event: {
      event: 'deployed',
      function: 'hello',
      revision: '0123456789ab',
      buildMs: 12.345,
      liveMs: 31.5,
      files: ['hello/index.ts', '/elsewhere/lib.ts'],
    },
  },
  {
    report: failed,
    line: '✖ hello  hello/index.ts  revision 0123456789ab goes on serving',
    event: {
      event: 'build-failed',
      function: 'hello',
      serving: '0123456789ab',
      files: ['hello/index.ts'],
      error: {
        code: 'BuildFailed',
        message: 'function hello does not build: 1 error',
        expected: 'code',
        got: 'index.ts:1:1: no',
        remedy: 'correct it',
      },
    },
  },
  {
    report: { ...failed, serving: null, error: new FaasError('InitFailed', 'it does not start') },
    line: '✖ hello  hello/index.ts  not deployed',
    event: {
      event: 'init-failed',
      function: 'hello',
      serving: null,
      files: ['hello/index.ts'],
      error: {
        code: 'InitFailed',
        message: 'it does not start',
        expected: null,
        got: null,
        remedy: null,
      },
    },
  },
  {
    report: { kind: 'recovered', function: hello, files: [] },
    line: '✔ hello  in order again  0123456789ab',
    event: { event: 'recovered', function: 'hello', revision: '0123456789ab' },
  },
  {
    report: { kind: 'removed', name: 'hello' },
    line: '− hello  removed',
    event: { event: 'removed', function: 'hello' },
  },
  {
    report: { kind: 'configured', loaded, needRestart: [] },
    line: '✔ configuration  applied',
    event: { event: 'configured', needRestart: [] },
  },
  {
    report: { kind: 'configured', loaded, needRestart: ['port', 'prewarm'] },
    line: '✔ configuration  applied  restart to apply: port, prewarm',
    event: { event: 'configured', needRestart: ['port', 'prewarm'] },
  },
  { report: { kind: 'warning', message: 'no watches left' }, line: '', event: null },
])('$report.kind: $line', async ({ report, line, event }) => {
  expect((await printed(false, [report])).stdout).toBe(line && `${line}\n`);
  const { stdout } = await printed(true, [report]);
  expect(stdout === '' ? null : JSON.parse(stdout)).toEqual(event);
});

test('errors and warnings go to stderr, in either form', async () => {
  for (const json of [false, true]) {
    const { stderr } = await printed(json, [failed, { kind: 'warning', message: 'no watches left' }]);
    expect(stderr).toContain('error: function hello does not build: 1 error');
    expect(stderr).toContain('note: no watches left');
  }
});

test('what a deploy noted is said once, not at every save', async () => {
  const { stderr } = await printed(false, [deployed, deployed, deployed]);
  expect(stderr).toBe('note: hello: kept out because they look secret: .env\n');
});
