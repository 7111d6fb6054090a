import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseExport, findEntry, parseHandler } from '../../../runtime/deploy/entry.ts';

const made: string[] = [];
afterEach(() => made.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

function folder(...files: (string | [string, object])[]): string {
  const root = mkdtempSync(join(tmpdir(), 'faas-entry-'));
  made.push(root);
  for (const file of files) {
    const [path, content] = typeof file === 'string' ? [file, ''] : [file[0], JSON.stringify(file[1])];
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

describe('a handler setting', () => {
  it.each([
    ['index.handler', 'index', 'handler'],
    ['src/app.handler', 'src/app', 'handler'],
    ['./src/../src/app.default', 'src/app', 'default'],
    ['src/api.users.list', 'src/api', 'users.list'],
    ['a.b/c.run', 'a.b/c', 'run'],
    ['.hidden/x.run', '.hidden/x', 'run'],
  ])('%s is file %s, export %s', (handler, stem, exportName) => {
    expect(parseHandler(handler)).toEqual({ stem, exportName });
  });

  it.each(['index', 'src/index', 'index.', '', '../up.handler', '/abs/index.handler', 'a/../../b.c'])(
    '%j names no file and export inside the folder',
    (handler) => {
      expect(parseHandler(handler)).toBeUndefined();
    },
  );

  it.each([
    ['index.handler', ['index.js', 'index.ts'], 'index.ts', 'handler'],
    ['index.handler', ['index.cjs', 'index.mjs'], 'index.mjs', 'handler'],
    ['src/app.run', ['src/app.tsx'], 'src/app.tsx', 'run'],
    ['src/app.ts', ['src/app.ts'], 'src/app.ts', undefined],
    ['app.js', ['app.ts'], 'app.ts', 'js'],
  ])('%s finds among %j the file %s', (handler, files, file, exportName) => {
    expect(findEntry(folder(...files), handler)).toEqual({ file, exportName });
  });
});

describe('without a handler setting, the entry', () => {
  it.each<[string, (string | [string, object])[], string]>([
    ['is index before any other name', ['handler.ts', 'index.js'], 'index.js'],
    ['is the source before what was compiled from it', ['index.js', 'index.ts'], 'index.ts'],
    ['may be named handler', ['handler.mjs', 'other.mjs'], 'handler.mjs'],
    ['may be named function', ['function.cjs'], 'function.cjs'],
    ['may be in src', ['src/index.ts', 'readme.md'], 'src/index.ts'],
    [
      'is what package.json calls main',
      [['package.json', { main: './lib/go.js' }], 'lib/go.js', 'index.js'],
      'lib/go.js',
    ],
    ['is the TypeScript beside main', [['package.json', { main: 'go.js' }], 'go.ts', 'index.js'], 'go.ts'],
    ['is main without its extension', [['package.json', { main: 'lib/go' }], 'lib/go.js'], 'lib/go.js'],
    [
      'is what exports says',
      [['package.json', { exports: { '.': { import: './e.mjs' } }, main: 'm.js' }], 'e.mjs', 'm.js'],
      'e.mjs',
    ],
    [
      'is a usual name when main was never built',
      [['package.json', { main: 'dist/index.js' }], 'src/index.ts'],
      'src/index.ts',
    ],
    ['is never outside of the folder', [['package.json', { main: '../../x.js' }], 'index.js'], 'index.js'],
    ['is no folder', ['index.ts/x', 'main.js'], 'main.js'],
    ['is a usual name when package.json is broken', ['package.json', 'index.js'], 'index.js'],
  ])('%s', (_what, files, expected) => {
    expect(findEntry(folder(...files), undefined)).toEqual({ file: expected, exportName: undefined });
  });
});

describe('the export', () => {
  it.each<[string, string | undefined, string[] | undefined, string]>([
    ['handler is found by its name', undefined, ['config', 'handler'], 'handler'],
    ['default comes second', undefined, ['default', 'handler'], 'handler'],
    ['default is found', undefined, ['default'], 'default'],
    ['the setting decides', 'default', ['default', 'handler'], 'default'],
    ['a path of properties starts at an export', 'users.list', ['users'], 'users.list'],
    ['of CommonJS is left to the sandbox', undefined, undefined, ''],
    ['of CommonJS, when it is set, is passed on', 'run', undefined, 'run'],
  ])('%s', (_what, exportName, exports, expected) => {
    expect(chooseExport({ file: 'index.ts', exportName }, exports)).toBe(expected);
  });

  it.each([
    [undefined, [], 'no exports'],
    [undefined, ['a', 'b'], 'exports a, b'],
    ['handler', ['default'], 'exports default'],
  ])('%s among %j is not found', (exportName, exports, got) => {
    expect(() => chooseExport({ file: 'index.ts', exportName }, exports)).toThrow(
      expect.objectContaining({ code: 'EntryNotFound', got }),
    );
  });
});
