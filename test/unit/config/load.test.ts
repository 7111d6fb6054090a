import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../runtime/config/load.ts';
import type { LoadConfigOptions } from '../../../runtime/config/load.ts';
import { FaasError } from '../../../runtime/core/errors.ts';

let folder: string;

beforeEach(() => {
  // A name that has to be escaped in URLs.
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'faas config #é-')));
  mkdirSync(join(folder, 'functions/hello'), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const load = (options: Partial<LoadConfigOptions> = {}) =>
  loadConfig({ cwd: folder, env: {}, flags: {}, ...options });

async function refused(options: Partial<LoadConfigOptions> = {}): Promise<FaasError> {
  const error: unknown = await load(options).then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  if (error instanceof FaasError) return error;
  throw error;
}

const config = (body: string): string => `export default ${body};`;

describe('finding the file', () => {
  test('without a file the configuration is the default one, kept in .faas of the working directory', async () => {
    const { config: loaded, configFile, files } = await load();
    expect(configFile).toBeNull();
    expect(files).toEqual([]);
    expect(loaded).toEqual({
      functions: [],
      prewarm: 1,
      budget: {},
      budgets: {},
      record: {
        events: false,
        redact: {
          headers: ['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'x-amz-security-token'],
          fields: [],
        },
        maxBytes: 67_108_864,
      },
      telemetry: { headers: {}, serviceName: 'faas' },
      buckets: [],
      driver: 'auto',
      host: '127.0.0.1',
      port: 4000,
      adminPort: 4001,
      awsPort: 4566,
      allowedHosts: [],
      s3: { unsigned: 'owner', fsync: 'off', webhooks: [], eventBridge: [] },
      awsTlsPort: 4567,
      tls: false,
      chaos: [],
      credentials: [{ accessKeyId: 'faas', secretAccessKey: 'faas-secret', account: 'faas' }],
      region: 'us-east-1',
      docker: {},
      dataDir: join(folder, '.faas'),
      logLevel: 'info',
    });
  });

  test('it is found from the working directory upwards, and its paths begin at its folder', async () => {
    const file = write(
      'faas.config.mjs',
      config(`{ functions: { hello: { source: './functions/hello' } } }`),
    );
    const { config: loaded, configFile } = await load({ cwd: join(folder, 'functions/hello') });
    expect(configFile).toBe(file);
    expect(loaded.dataDir).toBe(join(folder, '.faas'));
    expect(loaded.functions[0]?.source).toBe(join(folder, 'functions/hello'));
  });

  test('a named file that is missing is refused', async () => {
    expect(await refused({ configFile: 'other.ts' })).toMatchObject({
      code: 'ConfigNotFound',
      got: `${join(folder, 'other.ts')}, which does not exist`,
    });
  });

  test('a named folder is refused', async () => {
    expect(await refused({ configFile: 'functions' })).toMatchObject({ code: 'ConfigNotFound' });
  });
});

describe('kinds of file', () => {
  test.each([
    [
      'faas.config.ts',
      `import { defineConfig } from 'faas';\nconst port: number = 4100;\nexport default defineConfig({ port });`,
    ],
    [
      'faas.config.mts',
      `import { defineConfig, type UserConfig } from 'faas';\nexport default defineConfig({ port: 4100 } satisfies UserConfig);`,
    ],
    ['faas.config.js', `import { defineConfig } from 'faas';\nexport default defineConfig({ port: 4100 });`],
    ['faas.config.js', `module.exports = { port: 4100 };`],
    ['faas.config.mjs', `export default await Promise.resolve({ port: 4100 });`],
    [
      'faas.config.cjs',
      `const { defineConfig } = require('faas');\nmodule.exports = defineConfig({ port: 4100 });`,
    ],
    ['faas.config.json', `{ "port": 4100 }`],
  ])('%s: %s', async (name, text) => {
    write(name, text);
    write('package.json', '{ "name": "someone-elses" }');
    expect((await load()).config.port).toBe(4100);
  });

  test.each(['ts', 'cjs', 'json'])(
    'a changed .%s file is read afresh, and so is what it imports',
    async (kind) => {
      const texts = (port: number): Record<string, string> => ({
        ts: `import { port } from './port.ts';\nexport default { port, awsPort: ${port} };`,
        cjs: `module.exports = { port: require('./port.cjs'), awsPort: ${port} };`,
        json: `{ "port": ${port}, "awsPort": ${port} }`,
      });
      for (const port of [4100, 4200, 4300]) {
        write('port.ts', `export const port: number = ${port};`);
        write('port.cjs', `module.exports = ${port};`);
        write(`faas.config.${kind}`, texts(port)[kind] ?? '');
        expect((await load()).config).toMatchObject({ port, awsPort: port });
      }
    },
  );

  test('every file that was read is named, for who watches them', async () => {
    const port = write('lib/port.ts', 'export const port = 4100;');
    const file = write('faas.config.ts', `import { port } from './lib/port.ts';\nexport default { port };`);
    expect((await load()).files).toEqual([file, port]);
  });
});

describe('precedence: flag, environment, file, default', () => {
  const text = config(
    '{ port: 4100, adminPort: 4101, awsPort: 4102, s3: {}, docker: { image: "a" }, dataDir: "kept" }',
  );
  const env = {
    FAAS_PORT: '4200',
    FAAS_ADMIN_PORT: '4201',
    FAAS_S3_UNSIGNED: 'acl',
    FAAS_DOCKER_NETWORK: 'net',
    FAAS_REGION: '',
  };
  const flags = { port: '4300', verbose: true };

  test('the strongest source wins', async () => {
    write('faas.config.mjs', text);
    expect((await load({ env, flags })).config).toMatchObject({
      port: 4300,
      adminPort: 4201,
      awsPort: 4102,
      host: '127.0.0.1',
      region: 'us-east-1',
      s3: { unsigned: 'acl' },
      docker: { image: 'a', network: 'net' },
      dataDir: join(folder, 'kept'),
    });
  });

  test('each value tells where it came from', async () => {
    const file = write('faas.config.mjs', text);
    const { origins } = await load({ env, flags });
    const of = (path: string) => origins.find((one) => one.path === path);
    expect(of('port')).toEqual({ path: 'port', value: 4300, origin: 'flag', from: '--port' });
    expect(of('adminPort')).toEqual({
      path: 'adminPort',
      value: 4201,
      origin: 'env',
      from: 'FAAS_ADMIN_PORT',
    });
    expect(of('awsPort')).toEqual({ path: 'awsPort', value: 4102, origin: 'file', from: file });
    expect(of('host')).toEqual({ path: 'host', value: '127.0.0.1', origin: 'default', from: null });
    expect(of('s3.unsigned')).toMatchObject({ value: 'acl', origin: 'env' });
    expect(of('secretAccessKey')?.value).toBe('(hidden)');
  });

  test('a data directory of the command line is relative to the working directory', async () => {
    write('faas.config.mjs', text);
    const cwd = join(folder, 'functions');
    expect((await load({ cwd, dataDir: 'state' })).config.dataDir).toBe(join(cwd, 'state'));
    expect((await load({ cwd, env: { FAAS_DATA_DIR: '/abs' } })).config.dataDir).toBe('/abs');
  });

  test('lists in the environment are separated by commas', async () => {
    const { config: loaded } = await load({ env: { FAAS_ALLOWED_HOSTS: 'faas.test, api.faas.test' } });
    expect(loaded.allowedHosts).toEqual(['faas.test', 'api.faas.test']);
  });

  test('keys of the environment come first, those of the file are accepted too', async () => {
    write('faas.config.mjs', config(`{ credentials: [{ accessKeyId: 'more', secretAccessKey: 's' }] }`));
    const { config: loaded } = await load({
      env: { FAAS_ACCESS_KEY_ID: 'mine', FAAS_SECRET_ACCESS_KEY: 'hush' },
    });
    expect(loaded.credentials).toEqual([
      { accessKeyId: 'mine', secretAccessKey: 'hush', account: 'faas' },
      { accessKeyId: 'more', secretAccessKey: 's', account: 'more' },
    ]);
  });

  test.each([
    [{ flags: { port: 'abc' } }, '--port is not valid', "'abc'"],
    [{ env: { FAAS_PORT: '70000' } }, 'FAAS_PORT is not valid', '70000'],
    [{ env: { FAAS_ALLOWED_HOSTS: 'http://x/' } }, 'FAAS_ALLOWED_HOSTS is not valid', "'http://x/'"],
  ])('a wrong value is called by the name it was given under: %j', async (options, says, got) => {
    const error = await refused(options);
    expect(error.message).toContain(says);
    expect(error.got).toBe(got);
  });
});

describe('functions', () => {
  const functions = (body: string): string => config(`{ functions: { ${body} } }`);

  test('units become those of the runtime, and what is left out its default', async () => {
    write(
      'faas.config.mjs',
      functions(`hello: { source: 'functions/hello', memory: 256, timeout: 0.5, initTimeout: '20s', idleTimeout: '1h', freeze: 'off',
        tmp: 64, env: { A: 'x', B: 1, C: true }, triggers: [{ http: 'GET /hi/{name}' }, { s3: 'photos::in/' }] }`),
    );
    expect((await load()).config).toMatchObject({
      buckets: ['photos'],
      functions: [
        {
          name: 'hello',
          source: join(folder, 'functions/hello'),
          handler: undefined,
          runtime: 'nodejs24.x',
          memoryMb: 256,
          timeoutMs: 500,
          initTimeoutMs: 20_000,
          idleTimeoutMs: 3_600_000,
          freezeMs: null,
          concurrency: 10,
          queueLimit: 1000,
          tmpMb: 64,
          env: { A: 'x', B: '1', C: 'true' },
          exposeErrors: false,
          triggers: [
            { type: 'http', method: 'GET', path: '/hi/:name' },
            { type: 's3', bucket: 'photos', events: ['ObjectCreated:*'], prefix: 'in/', suffix: '' },
          ],
        },
      ],
    });
  });

  test('a function without triggers answers at its name and below', async () => {
    write('faas.config.mjs', functions(`hello: { source: './functions/hello' }`));
    expect((await load()).config.functions[0]?.triggers).toEqual([
      { type: 'http', method: 'ANY', path: '/hello' },
      { type: 'http', method: 'ANY', path: '/hello/*' },
    ]);
  });

  test.each<[string, string, { message?: string; expected?: string; got?: string; remedy?: string }]>([
    [
      'an unknown key',
      `memry: 256`,
      { expected: 'memory', got: "'memry'", remedy: "did you mean 'memory'?" },
    ],
    ["another tool's key", `memorySize: 256`, { remedy: "did you mean 'memory'?" }],
    ['too little memory', `memory: 64`, { expected: 'a whole number of MB from 128 to 10240', got: '64' }],
    ['memory that is no number', `memory: '1GB'`, { expected: 'MB', got: "'1GB'" }],
    ['a fraction of a megabyte', `memory: 200.5`, { expected: 'a whole number', got: '200.5' }],
    [
      'a duration nobody can read',
      `timeout: '10q'`,
      { expected: 'a duration from 100ms to 15m', got: "'10q'" },
    ],
    ['a duration out of range', `timeout: '16m'`, { message: 'functions.hello.timeout', got: "'16m'" }],
    ['a quiet time nobody can read', `freeze: 'never'`, { expected: "or 'off'", got: "'never'" }],
    [
      'more provisioned than allowed',
      `concurrency: 2, provisioned: 3`,
      { message: 'functions.hello.provisioned', expected: 'at most 2', got: '3' },
    ],
    ['a handler without export', `handler: 'index'`, { expected: "'file.export'" }],
    ['a runtime of another language', `runtime: 'python3.12'`, { expected: "'nodejs24.x'" }],
    [
      'a variable without value',
      `env: { KEY: undefined }`,
      { message: 'functions.hello.env.KEY', got: 'nothing' },
    ],
    ['a variable of the runtime', `env: { _HANDLER: 'x' }`, { got: '_HANDLER' }],
    ['a variable no shell knows', `env: { 'a-b': 'x' }`, { expected: 'a variable name' }],
    ['triggers that are no list', `triggers: { http: 'GET /' }`, { expected: 'a list of triggers' }],
    ['an empty trigger', `triggers: [{}]`, { got: 'a trigger of no kind' }],
    [
      'a mistyped trigger',
      `triggers: [{ htpp: 'GET /' }]`,
      { message: 'triggers[0].htpp', remedy: "did you mean 'http'?" },
    ],
    [
      'two kinds in one',
      `triggers: [{ http: 'GET /', s3: 'photos' }]`,
      { remedy: 'write one object for each trigger' },
    ],
    ['a wrong method', `triggers: [{ http: { method: 'GTE', path: '/' } }]`, { expected: 'a method' }],
    [
      'an unknown key of a trigger',
      `triggers: [{ http: { path: '/', metod: 'GET' } }]`,
      { message: 'triggers[0].http.metod', remedy: "did you mean 'method'?" },
    ],
    [
      'a wrong event',
      `triggers: [{ s3: { bucket: 'photos', events: ['ObjectCreatd:*'] } }]`,
      { message: 'triggers[0].s3.events[0]', remedy: "did you mean 'ObjectCreated:*'?" },
    ],
    [
      'a wrong bucket',
      `triggers: [{ s3: { bucket: 'Photos' } }]`,
      { expected: 'a bucket name', got: "'Photos'" },
    ],
    [
      'a schedule',
      `triggers: [{ schedule: 'rate(1 minute)' }]`,
      { expected: 'this version of faas runs http and s3 triggers only' },
    ],
    [
      'a queue',
      `triggers: [{ queue: 'jobs' }]`,
      { expected: 'this version of faas runs http and s3 triggers only' },
    ],
    [
      'any origin with credentials',
      `triggers: [{ http: { path: '/', cors: { allowCredentials: true } } }]`,
      { remedy: 'list the origins' },
    ],
    [
      'a route twice',
      `triggers: [{ http: 'GET /a/:x' }, { http: 'GET /a/{y}' }]`,
      { got: 'which it answers already' },
    ],
  ])(
    '%s is refused',
    async (_, keys, { message = 'functions.hello', expected = '', got = '', remedy = '' }) => {
      write('faas.config.mjs', functions(`hello: { source: './functions/hello', ${keys} }`));
      const error = await refused();
      expect(error.code).toBe('ConfigInvalid');
      expect(error.message).toContain(message);
      expect(error.message).toContain('in faas.config.mjs is not valid');
      expect(error.expected).toContain(expected);
      expect(error.got).toContain(got);
      expect(error.remedy).toContain(remedy);
    },
  );

  test.each<[string, string, string]>([
    ['a source that does not exist', `hello: { source: './functions/nope' }`, 'which does not exist'],
    ['a source that is a file', `hello: { source: './faas.config.mjs' }`, 'which is a file'],
    ['no source', `hello: {}`, 'nothing'],
    ['an empty source', `hello: { source: ' ' }`, "' '"],
    ['a name with spaces', `'my function': { source: './functions/hello' }`, "'my function'"],
    ['a name that is too long', `['x'.repeat(65)]: { source: './functions/hello' }`, 'x'.repeat(65)],
    ['a function that is no object', `hello: './functions/hello'`, "'./functions/hello'"],
  ])('%s is refused', async (_, body, got) => {
    write('faas.config.mjs', functions(body));
    expect((await refused()).got).toContain(got);
  });

  test('two functions cannot have one route', async () => {
    const source = `source: './functions/hello'`;
    write(
      'faas.config.mjs',
      functions(`a: { ${source}, triggers: [{ http: 'ANY /b/*' }] }, b: { ${source} }`),
    );
    expect(await refused()).toMatchObject({ got: "ANY /b/*, which 'a' answers already" });
  });

  test('a method and ANY on one path are no conflict', async () => {
    const source = `source: './functions/hello'`;
    write('faas.config.mjs', functions(`a: { ${source}, triggers: [{ http: 'GET /b' }] }, b: { ${source} }`));
    expect((await load()).config.functions).toHaveLength(2);
  });

  test.each(['mjs', 'ts'])('two functions of one name are refused, with both lines (%s)', async (kind) => {
    const source = `{ source: './functions/hello' }`;
    const file = write(
      `faas.config.${kind}`,
      functions(`\n  hello: ${source},\n  other: ${source},\n  hello: ${source},\n`),
    );
    const error = await refused();
    expect(error.message).toBe(`'hello' is there twice in ${file}:4`);
    expect(error.got).toContain('on line 2 and again on line 4');
  });
});

describe('messages', () => {
  test('all problems are told at once', async () => {
    write(
      'faas.config.mjs',
      config(`{ prot: 1, functions: { a: { source: './none', timeout: '1w' }, 'b c': 1 }, buckets: ['X'] }`),
    );
    const { message } = await refused();
    expect(message).toMatch(/^6 problems in faas\.config\.mjs\n/);
    for (const path of [
      'prot',
      'functions.a.source',
      'functions.a.timeout',
      'functions["b c"]',
      'buckets[0]',
    ]) {
      expect(message).toContain(`\n  ${path}\n    expected: `);
    }
  });

  test('secrets are not repeated', async () => {
    write('faas.config.mjs', config(`{ secretAccessKey: 'top secret words' }`));
    const error = await refused();
    expect(`${error.message} ${error.got}`).not.toContain('top secret');
  });

  test.each<[string, string, string, string]>([
    ['faas.config.ts', `export default {\n  port: 1\n  host: 2,\n};`, ':3: ', 'SyntaxError'],
    ['faas.config.mjs', `export default {\n  port: 1\n  host: 2,\n};`, ':3: ', 'SyntaxError'],
    ['faas.config.cjs', `module.exports = {\n  port: 1\n  host: 2,\n};`, ':3: ', 'SyntaxError'],
    ['faas.config.json', `{\n  "port": 1\n  "host": 2\n}`, ':3: ', 'SyntaxError'],
    ['faas.config.ts', `\n\nenum A { B }\nexport default {};`, ':3: ', 'strip'],
    [
      'faas.config.ts',
      `const x: string | undefined = undefined;\nexport default { port: x!.length };`,
      ':2: ',
      'TypeError',
    ],
    [
      'faas.config.ts',
      `import x from './missing.ts';\nexport default x;`,
      'faas.config.ts',
      'Cannot find module',
    ],
    ['faas.config.ts', `import { nope } from 'node:fs';\nexport default { nope };`, ':1: ', "'nope'"],
  ])('%s: %j is told with its place', async (name, text, place, says) => {
    const file = write(name, text);
    const error = await refused();
    expect(error.code).toBe('ConfigInvalid');
    expect(error.message).toContain(place.startsWith(':') ? `${file}${place}` : place);
    expect(`${error.message} ${error.got} ${error.remedy}`).toContain(says);
  });

  test.each([
    ['export const a = 1;', 'only a'],
    ['export default 5;', '5'],
    ['export default [1];', '[ 1 ]'],
    ['export default () => ({});', 'a function'],
    ['export default null;', 'null'],
    ['export default { functions: [] };', '[]'],
  ])('%s is no configuration', async (text, got) => {
    write('faas.config.mjs', text);
    expect(await refused()).toMatchObject({ code: 'ConfigInvalid', got });
  });
});
