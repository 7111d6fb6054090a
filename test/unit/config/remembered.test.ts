import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkConfig, type WrittenConfig } from '../../../runtime/config/check.ts';
import { recall, remember, SETTING_VARIABLE } from '../../../runtime/config/remembered.ts';
import { settingsSchema } from '../../../runtime/config/schema.ts';
import { optionsOf } from '../../../runtime/config/walk.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faas-'));
  await mkdir(join(folder, '.faas'));
  await mkdir(join(folder, 'hello'));
});
afterEach(() => rm(folder, { recursive: true }));

const value = {
  functions: {
    hello: { source: './hello', memory: 256, timeout: '10s', triggers: [{ http: 'GET /hello' }] },
  },
  buckets: ['photos'],
};

const written = (changes: Partial<WrittenConfig> = {}): WrittenConfig => ({
  value,
  configFile: join(folder, 'faas.config.json'),
  cwd: folder,
  env: { PATH: '/bin' },
  flags: { port: 0 },
  ...changes,
});

function checkAndRemember(what: WrittenConfig, build = 'one'): ReturnType<typeof checkConfig> {
  const checked = checkConfig(what);
  remember(what, checked, build);
  return checked;
}

test('what was checked once is known, to the last setting', () => {
  const checked = checkAndRemember(written());
  expect(recall(written(), 'one')).toStrictEqual(checked);
});

test('several command lines are known side by side', () => {
  for (const port of [1, 2, 3]) checkAndRemember(written({ flags: { port } }));
  expect(recall(written({ flags: { port: 1 } }), 'one')?.config.port).toBe(1);
});

test.each<[string, Partial<WrittenConfig>]>([
  ['the file', { value: { ...value, buckets: [] } }],
  ['a flag', { flags: { port: 1 } }],
  ['the working directory', { cwd: '/' }],
])('%s changed: it is checked again', (_what, change) => {
  checkAndRemember(written());
  expect(recall(written(change), 'one')).toBeUndefined();
});

test('another build checks again', () => {
  checkAndRemember(written());
  expect(recall(written(), 'two')).toBeUndefined();
});

test("a function's folder is gone: it is checked again, to say so", async () => {
  checkAndRemember(written());
  await rm(join(folder, 'hello'), { recursive: true });
  expect(recall(written(), 'one')).toBeUndefined();
});

test.each<[string, Partial<WrittenConfig>]>([
  ['what variables gave', { env: { FAAS_SECRET_ACCESS_KEY: 'secret' } }],
  ['more than plain data', { value: { ...value, region: undefined } }],
])('%s is not kept', async (_what, change) => {
  checkAndRemember(written(change));
  await expect(stat(join(folder, '.faas', 'cache', 'config.bin'))).rejects.toThrow('ENOENT');
});

test('every variable of a setting is recognised as one', () => {
  const names = optionsOf(settingsSchema).flatMap(({ meta }) => meta.env ?? []);
  expect(names.filter((name) => !SETTING_VARIABLE.test(name))).toEqual([]);
});

test('nothing is made where there is no data directory yet', async () => {
  await rm(join(folder, '.faas'), { recursive: true });
  checkAndRemember(written());
  await expect(stat(join(folder, '.faas'))).rejects.toThrow('ENOENT');
});

test('only this user may read it, and a broken one is as none', async () => {
  checkAndRemember(written());
  const file = join(folder, '.faas', 'cache', 'config.bin');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await writeFile(file, (await readFile(file)).subarray(0, 20));
  expect(recall(written(), 'one')).toBeUndefined();
});
