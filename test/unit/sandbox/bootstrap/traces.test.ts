import { SourceMap } from 'node:module';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findSegment, sourceMapper } from '../../../../runtime/sandbox/bootstrap/source-maps.ts';
import { withoutFramesOf } from '../../../../runtime/sandbox/bootstrap/stack-text.ts';

const SOURCE = `
interface Order { id: number }

export const handler = async (order: Order) => {
  const ids = [order.id, ...Array.from({ length: 3 }, (_, index) => index)];
  if (ids.length > 1) throw new Error('from the source');
};
`;

let folder: string;
let code: string;
let map: { mappings: string; sources: string[] };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faas (maps) '));
  await writeFile(join(folder, 'order.ts'), SOURCE);
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'order.ts')],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    format: 'esm',
    sourcemap: 'linked',
    minifySyntax: true,
    write: false,
  });
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
  code = outputFiles.find(({ path }) => path.endsWith('.mjs'))?.text ?? '';
  map = JSON.parse(outputFiles.find(({ path }) => path.endsWith('.map'))?.text ?? '');
});
afterAll(() => rm(folder, { recursive: true }));

describe('a position in a bundle', () => {
  test("is found where Node's own source maps find it", () => {
    const reference = new SourceMap({
      ...map,
      version: 3,
      file: '',
      names: [],
      sourcesContent: [],
      sourceRoot: '',
    });
    for (const [line, text] of code.split('\n').entries()) {
      for (const column of Array.from({ length: text.length + 1 }).keys()) {
        const expected = reference.findEntry(line, column);
        if (!('originalLine' in expected) || expected.generatedLine !== line) continue;
        expect([line, column, findSegment(map.mappings, line, column)]).toEqual([
          line,
          column,
          { source: 0, line: expected.originalLine, column: expected.originalColumn },
        ]);
      }
    }
  });

  test.each([
    ['a path', () => folder],
    ['a URL', () => pathToFileURL(folder).href],
  ])('is shown in the lines of the source, given as %s', (_name, start) => {
    const position = (text: string): string => {
      const before = text.slice(0, text.indexOf('new Error(')).split('\n');
      return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    };
    expect(sourceMapper(folder)(`    at handler (${start()}/index.mjs:${position(code)})`)).toBe(
      `    at handler (${join(folder, 'order.ts')}:${position(SOURCE)})`,
    );
  });

  test.each([
    ['in another folder', () => 'at /elsewhere/index.mjs:1:1'],
    ['in a file without a map', () => `at ${join(folder, 'order.ts')}:3:4`],
    ['in a file that is gone', () => `at ${join(folder, 'gone.mjs')}:3:4`],
    ['past the end', () => `at ${join(folder, 'index.mjs')}:9999:1`],
  ])('%s stays as it is', (_name, text) => {
    expect(sourceMapper(folder)(text())).toBe(text());
  });
});

test('frames of the bootstrap are left out, and those of Node that only led to it', () => {
  const trace = [
    'Error: x',
    '    at handler (/var/task/index.mjs:1:2)',
    '    at node:internal/kept:1:1',
    '    at runLambda (/opt/bootstrap.cjs:10:1)',
    '    at new Promise (<anonymous>)',
    '    at Socket.emit (node:events:1:1)',
    '  [cause]: Error: y',
    '    at later (/var/task/index.mjs:3:4)',
  ].join('\n');
  expect(withoutFramesOf('/opt/bootstrap.cjs', trace).split('\n')).toEqual([
    'Error: x',
    '    at handler (/var/task/index.mjs:1:2)',
    '    at node:internal/kept:1:1',
    '  [cause]: Error: y',
    '    at later (/var/task/index.mjs:3:4)',
  ]);
});
