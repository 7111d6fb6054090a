import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, createBench, fixture, settingsFor, type Bench } from './harness.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

interface Style {
  folder: string;
  handler?: string;
  event?: unknown;
  answers: unknown;
  entry: string;
  exportName: string;
}

const STYLES: Style[] = [
  {
    folder: 'esm',
    event: { name: 'ada' },
    answers: { text: 'hello ada', url: true, read: 'function' },
    entry: 'index.mjs',
    exportName: 'handler',
  },
  {
    folder: 'cjs',
    answers: { settings: { folder: 'lib', file: 'settings.js' }, here: true, isMain: false },
    entry: 'index.cjs',
    exportName: '',
  },
  {
    folder: 'cjs',
    handler: 'index.handler',
    answers: { settings: { folder: 'lib', file: 'settings.js' }, here: true, isMain: false },
    entry: 'index.cjs',
    exportName: 'handler',
  },
  { folder: 'callback', event: 7, answers: { got: 7 }, entry: 'index.cjs', exportName: '' },
  {
    folder: 'ts-pathless',
    event: { n: 21 },
    answers: { doubled: 42, place: ['beside', 'root'] },
    entry: 'src/app.mjs',
    exportName: 'handler',
  },
  { folder: 'ts-paths', answers: { count: 1, log: ['next'] }, entry: 'index.mjs', exportName: 'handler' },
  {
    folder: 'json-import',
    answers: { config: { level: 3 }, words: ['a', 'b'], read: { level: 3 } },
    entry: 'index.mjs',
    exportName: 'handler',
  },
  { folder: 'hono-app', answers: 'hi ada', entry: 'index.mjs', exportName: 'default' },
  { folder: 'web-cjs', answers: 'from CommonJS', entry: 'index.cjs', exportName: '' },
  { folder: 'top-level-await', answers: 'ready', entry: 'index.mjs', exportName: 'handler' },
  { folder: 'cjs-imports-esm', answers: 42, entry: 'index.mjs', exportName: '' },
  { folder: 'ts-mixed', answers: 'b', entry: 'index.cjs', exportName: '' },
  { folder: 'static-files', answers: ['<p>mail</p>', 'umlauts'], entry: 'index.mjs', exportName: 'handler' },
  {
    folder: 'sharp-native',
    answers: { width: 8, height: 4, format: 'png' },
    entry: 'index.mjs',
    exportName: 'handler',
  },
  { folder: 'aws-sdk', answers: ['function', 'k'], entry: 'index.mjs', exportName: 'handler' },
  { folder: 'dual', answers: 'lambda', entry: 'index.mjs', exportName: 'handler' },
  { folder: 'dual', handler: 'index.default', answers: 'web', entry: 'index.mjs', exportName: 'default' },
  {
    folder: 'nested-export',
    handler: 'src/api.users.list.handler',
    answers: 'nested',
    entry: 'src/api.mjs',
    exportName: 'users.list.handler',
  },
  { folder: 'main-in-package-json', answers: 'started', entry: 'lib/start.mjs', exportName: 'default' },
];

describe('a function written in a usual style builds and runs on its own', () => {
  it.each(STYLES)(
    '$folder, handler $handler',
    async ({ folder, handler, event, answers, entry, exportName }) => {
      const { revision } = await bench.deployer.build(settingsFor(fixture(folder), { handler }));
      expect(revision).toMatchObject({ entry, exportName, functionName: 'under-test' });
      expect(await call(revision, event)).toEqual({ answer: answers });
    },
  );
});

it('a stack trace names the lines of the source, not of the bundle', async () => {
  const { revision } = await bench.deployer.build(settingsFor(fixture('throws')));
  const { stack } = await call(revision);
  expect(stack).toContain('Error: from the source');
  expect(stack).toMatch(/src\/deep\.ts:6:9/);
  expect(stack).toMatch(/src\/index\.ts:7:10/);
});
