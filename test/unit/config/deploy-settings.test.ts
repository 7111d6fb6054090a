import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settingsForDeploy } from '../../../runtime/config/deploy-settings.ts';
import { assertNoRouteConflicts } from '../../../runtime/config/routes.ts';

let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'faas-deploy-settings-')));
  for (const name of ['hello', 'other', 'my function']) mkdirSync(join(folder, name));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const loaded = (rawFunctions: Record<string, unknown>) => ({
  configFile: join(folder, 'faas.config.ts'),
  rawFunctions,
});

test('flags win over the configuration, the configuration over the defaults', () => {
  const settings = settingsForDeploy(
    loaded({ greet: { source: './hello', memory: 256, timeout: '9s', env: { A: '1', B: '2' } } }),
    {
      source: join(folder, 'hello'),
      overrides: { memory: '512', env: { B: '3' }, triggers: [{ http: 'GET /hi' }] },
    },
  );
  expect(settings).toMatchObject({
    name: 'greet',
    source: join(folder, 'hello'),
    memoryMb: 512,
    timeoutMs: 9000,
    idleTimeoutMs: 300_000,
    env: { A: '1', B: '3' },
    triggers: [{ type: 'http', method: 'GET', path: '/hi' }],
  });
});

test('a folder the configuration does not know is named after itself', () => {
  expect(settingsForDeploy(loaded({}), { source: join(folder, 'other') })).toMatchObject({
    name: 'other',
    memoryMb: 128,
    triggers: [{ path: '/other' }, { path: '/other/*' }],
  });
});

test('a name that is given chooses the settings, whatever their folder', () => {
  const functions = { hello: { source: './hello', memory: 256 } };
  expect(
    settingsForDeploy(loaded(functions), { source: join(folder, 'other'), name: 'hello' }),
  ).toMatchObject({
    name: 'hello',
    source: join(folder, 'other'),
    memoryMb: 256,
  });
});

test('without a configuration file there are only flags and defaults', () => {
  const nothing = { configFile: null, rawFunctions: {} };
  expect(
    settingsForDeploy(nothing, { source: join(folder, 'hello'), overrides: { timeout: '10' } }),
  ).toMatchObject({
    name: 'hello',
    timeoutMs: 10_000,
  });
});

test('a folder that is the source of two functions needs a name', () => {
  const functions = { a: { source: './hello' }, b: { source: './hello' } };
  expect(() => settingsForDeploy(loaded(functions), { source: join(folder, 'hello') })).toThrow(
    expect.objectContaining({ code: 'UsageError', expected: 'the name of one: a, b' }),
  );
});

test.each([
  [{ source: 'my function' }, 'a function name'],
  [{ source: 'hello', overrides: { memory: 'lots' } }, 'a whole number of MB'],
  [{ source: 'hello', overrides: { banana: 1 } }, 'one of the keys'],
  [{ source: 'absent' }, 'a folder that exists'],
  [{ source: 'hello', name: '__proto__/x' }, 'a function name'],
])('%j is refused', ({ source, ...more }, expected) => {
  expect(() => settingsForDeploy(loaded({}), { source: join(folder, source), ...more })).toThrow(
    expect.objectContaining({ code: 'ConfigInvalid', expected: expect.stringContaining(expected) }),
  );
});

test('a deployed function may not take the route of another', () => {
  const deploy = (name: string) =>
    settingsForDeploy(loaded({}), {
      source: join(folder, 'hello'),
      name,
      overrides: { triggers: [{ http: 'GET /x' }] },
    });
  expect(() => assertNoRouteConflicts([deploy('a')])).not.toThrow();
  expect(() => assertNoRouteConflicts([deploy('a'), deploy('b')])).toThrow(
    expect.objectContaining({ code: 'ConfigInvalid', got: "GET /x, which 'a' answers already" }),
  );
});
