import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../cli/commands.ts';
import { emptyFolder, faas, fakeAdmin, writeRuntimeFile } from './support.ts';

describe('help', () => {
  test('faas alone and faas --help list every command', async () => {
    for (const args of [[], ['--help'], ['help']]) {
      const ran = await faas(args, { cwd: emptyFolder() });
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      for (const { name, summary } of COMMANDS) {
        expect(ran.stdout).toContain(`  ${name}`);
        expect(ran.stdout).toContain(summary);
      }
    }
  });

  test.each(COMMANDS.map(({ name }) => name))(
    'faas %s --help has the common flags and an example',
    async (name) => {
      for (const args of [
        [name, '--help'],
        ['help', name],
      ]) {
        const ran = await faas(args, { cwd: emptyFolder() });
        expect(ran).toMatchObject({ code: 0, stderr: '' });
        expect(ran.stdout).toMatch(/Examples?:\n {2}\$ faas/u);
        for (const flag of ['--config', '--data-dir', '--endpoint', '--json', '--verbose']) {
          expect(ran.stdout).toContain(flag);
        }
      }
    },
  );
});

describe('docs/commands.md', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/commands.md'), 'utf8');

  test.each(COMMANDS.map(({ name }) => name))('tells of faas %s and each of its flags', async (name) => {
    const section = docs.split(/^## faas /mu).find((text) => text.startsWith(`${name}\n`));
    expect(section).toBeDefined();
    const { stdout } = await faas([name, '--help'], { cwd: emptyFolder() });
    const own = stdout.slice(0, stdout.indexOf('Common options:'));
    for (const [, flag] of own.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gmu)) {
      if (flag !== '--help') expect(section).toContain(flag);
    }
  });
});

describe('wrong usage ends with 2 and names the remedy', () => {
  test.each([
    ['an unknown command', ['bogus'], "unknown command 'bogus'", 'faas --help'],
    ['an almost right command', ['deplyo'], 'Did you mean deploy?', 'faas --help'],
    ['an unknown flag', ['deploy', '--memry', '1', 'x'], 'Did you mean --memory?', 'faas deploy --help'],
    ['a missing argument', ['invoke'], "missing required argument 'name'", 'faas invoke --help'],
    ['one argument too many', ['status', 'x'], 'too many arguments', 'faas status --help'],
    [
      'a value that is none of the choices',
      ['start', '--driver', 'podman'],
      'auto, docker, process',
      'faas start --help',
    ],
    [
      'memory that is no number',
      ['deploy', 'x', '--memory', 'much'],
      'Expected a whole number',
      'faas deploy --help',
    ],
    ['a route without a path', ['deploy', 'x', '--http', 'GET'], 'METHOD /path', 'faas deploy --help'],
    [
      'an event S3 does not have',
      ['deploy', 'x', '--s3', 'photos:Created'],
      'bucket[:event',
      'faas deploy --help',
    ],
    [
      'a variable without a value',
      ['deploy', 'x', '--env', 'KEY'],
      'Expected NAME=VALUE',
      'faas deploy --help',
    ],
    ['a point in time that is none', ['logs', '--since', 'yesterday'], 'how long ago', 'faas logs --help'],
    [
      'one name for two folders',
      ['deploy', 'a', 'b', '--name', 'x'],
      '--name names one function',
      'one at a time',
    ],
    ['an event that is not JSON', ['invoke', 'x', '--data', '{name'], 'is not JSON', "--data '{"],
    ['an event file that is not there', ['invoke', 'x', '--data', '@none.json'], 'none.json', '@FILE'],
    ['an address that is none', ['status', '--endpoint', 'http://'], 'address', '--endpoint'],
    ['a form the comparison has not', ['cost', '--rates', 'all', '--format', 'html'], 'form', 'HTML report'],
    ['a source of events that is not known', ['emit', 'sqs', 'q'], 's3', 'faas emit s3'],
    ['an object without a key', ['emit', 's3', 'photos'], 'no key', 'faas emit s3'],
    ['a configuration file that is not there', ['start', '--config', 'none.ts'], 'none.ts', '--config'],
  ])('%s', async (_what, args, message, remedy) => {
    const ran = await faas(args, { cwd: emptyFolder() });
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toContain(remedy);
    expect(ran.stderr).not.toContain('    at ');
    expect(ran).toMatchObject({ code: 2, stdout: '' });
  });

  test('with --json the error is a document on stdout too', async () => {
    const ran = await faas(['invoke', '--json'], { cwd: emptyFolder() });
    expect(ran.code).toBe(2);
    expect(JSON.parse(ran.stdout)).toEqual({
      error: {
        code: 'UsageError',
        message: "missing required argument 'name'",
        expected: null,
        got: null,
        remedy: 'faas invoke --help',
      },
    });
    expect(ran.stderr).toContain("missing required argument 'name'");
  });

  test('--verbose adds the stack', async () => {
    const ran = await faas(['emit', 'sqs', 'q', '--verbose'], { cwd: emptyFolder() });
    expect(ran.stderr).toMatch(/\n\s+at /u);
  });
});

describe('finding the runtime', () => {
  test('a command without a runtime says where it looked, with exit code 1', async () => {
    const cwd = emptyFolder();
    const ran = await faas(['invoke', 'hello'], { cwd });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain(join(cwd, '.faas'));
    expect(ran.stderr).toContain('faas start');
  });

  test('it is found from a folder below, with its token', async () => {
    const admin = await fakeAdmin({
      'POST /api/functions/hello/invoke': { json: { payload: 1, error: null } },
    });
    const below = join(admin.cwd, 'functions', 'hello');
    mkdirSync(below, { recursive: true });
    const config = await faas(['new', 'x'], { cwd: admin.cwd });
    expect(config.code).toBe(0);
    expect(await faas(['invoke', 'hello'], { cwd: below })).toMatchObject({ code: 0, stdout: '1\n' });
    expect(admin.calls[0]?.token).toBe('Bearer the-token');
  });

  test.each([
    ['whose process is gone', { pid: 2 ** 22 + 1 }],
    ['whose address is taken by another session', { sessionId: 'another' }],
    ['whose port nobody listens on', { adminUrl: 'http://127.0.0.1:1' }],
    ['that is half written', { token: undefined }],
  ])('a record %s counts as no runtime', async (_what, recorded) => {
    const { cwd } = await fakeAdmin({}, recorded);
    expect(JSON.parse((await faas(['status', '--json'], { cwd })).stdout)).toMatchObject({ running: false });
  });

  test('--data-dir and FAAS_DATA_DIR name another one, the flag first', async () => {
    const admin = await fakeAdmin({ 'GET /api/status': { json: { url: 'here' } } });
    const dataDir = join(admin.cwd, '.faas');
    const cwd = emptyFolder();
    for (const [args, env] of [
      [['--data-dir', dataDir], { FAAS_DATA_DIR: '/nowhere' }],
      [[], { FAAS_DATA_DIR: dataDir }],
    ] as const) {
      const ran = await faas(['status', '--json', ...args], { cwd, env });
      expect(JSON.parse(ran.stdout)).toMatchObject({ running: true, url: 'here' });
    }
  });

  test('--endpoint asks that address, with FAAS_TOKEN', async () => {
    const admin = await fakeAdmin({ 'GET /api/status': { json: {} } });
    const options = { cwd: emptyFolder(), env: { FAAS_TOKEN: 'mine' } };
    expect(await faas(['status', '--endpoint', admin.url, '--json'], options)).toMatchObject({ code: 0 });
    expect(admin.calls[0]?.token).toBe('Bearer mine');
  });

  test('--endpoint where nobody answers is an error and not an offline fallback', async () => {
    const ran = await faas(['logs', '--endpoint', 'http://127.0.0.1:1'], { cwd: emptyFolder() });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('no runtime answers at http://127.0.0.1:1');
  });

  test('what the runtime refuses is shown as it said it', async () => {
    const error = {
      code: 'FunctionNotFound',
      message: "no function 'x'",
      expected: 'one of a, b',
      got: 'x',
      remedy: 'faas deploy',
    };
    const { cwd } = await fakeAdmin({ 'DELETE /api/functions/x': { status: 404, json: { error } } });
    const ran = await faas(['rm', 'x', '--json'], { cwd });
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stdout)).toEqual({ error });
    for (const part of Object.values(error).slice(1)) expect(ran.stderr).toContain(part);
  });

  test('another server’s answer is told apart from a runtime’s', async () => {
    const { cwd } = await fakeAdmin({ 'GET /api/status': { status: 502, text: '<html>Bad gateway</html>' } });
    const ran = await faas(['status'], { cwd });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('<html>Bad gateway</html>');
  });
});

test('colours only on a terminal, and never with NO_COLOR', async () => {
  const cwd = emptyFolder();
  writeRuntimeFile(cwd, { pid: 2 ** 22 + 1, adminUrl: 'http://127.0.0.1:1' });
  const escape = '\u001B[';
  expect((await faas(['status'], { cwd, tty: true })).stdout).toContain(escape);
  expect((await faas(['status'], { cwd, tty: true, env: { NO_COLOR: '1' } })).stdout).not.toContain(escape);
  expect((await faas(['status'], { cwd, tty: true, env: { TERM: 'dumb' } })).stdout).not.toContain(escape);
  expect((await faas(['status'], { cwd })).stdout).not.toContain(escape);
});
