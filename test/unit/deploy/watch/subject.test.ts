/** Which events on the disk are reason to build again. Real files, real stamps. */
import { mkdir, mkdtemp, realpath, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stampAll } from '../../../../runtime/deploy/stamps.ts';
import { Subject } from '../../../../runtime/deploy/watch/subject.ts';

let root: string;
let at: (path: string) => string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'faas-subject-')));
  at = (path) => join(root, path);
  await write('functions/app/index.ts', 'export const handler = 1');
  await write('functions/app/data.json', '{}');
  await write('shared/lib.ts', 'export const x = 1');
  await write('package.json', '{}');
});

afterEach(() => rm(root, { recursive: true }));

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), content);
}

/** As the build of functions/app, which imports shared/lib.ts and has no tsconfig.json, would depend on. */
function subject(settled = true): Subject {
  const files = ['index.ts', 'data.json', 'tsconfig.json'].map((name) => at(`functions/app/${name}`));
  const folders = [at('functions/app'), at('shared'), '/'];
  const { stamps } = stampAll(
    [...files, ...folders, at('shared/lib.ts'), at('package.json'), '/no-such-package.json'],
    0,
  );
  return new Subject({ source: at('functions/app'), stamps, settled }, root);
}

test('what is watched: the folders of all it depends on, and those above the source up to the project', () => {
  const { folders } = subject();
  expect(folders).toContain(at('functions/app'));
  expect(folders).toContain(at('functions'));
  expect(folders).toContain(at('shared'));
  expect(folders).toContain(root);
});

test('what does not exist above the project is not looked for', () => {
  const stamps: [string, string][] = [[join(dirname(root), 'package.json'), 'absent']];
  const { folders } = new Subject({ source: at('functions/app'), stamps, settled: true }, root);
  expect(folders).not.toContain(dirname(root));
});

describe('reasons to build again', () => {
  test.each([
    { what: 'a source file', path: 'functions/app/index.ts' },
    { what: 'a file the function reads', path: 'functions/app/data.json' },
    { what: 'an imported file elsewhere', path: 'shared/lib.ts' },
    { what: 'a package.json above', path: 'package.json' },
    { what: 'a file that was missing', path: 'functions/app/tsconfig.json' },
    { what: 'a new file in the function folder', path: 'functions/app/new.ts' },
    { what: 'a new file beside an imported one', path: 'shared/lib.js' },
  ])('$what', async ({ path }) => {
    const before = subject();
    expect(before.concerns(at(path))).toBe(false);
    await write(path, 'export const other = 2');
    expect(before.concerns(at(path))).toBe(true);
  });

  test('a removed file', async () => {
    const before = subject();
    await rm(at('functions/app/data.json'));
    expect(before.concerns(at('functions/app/data.json'))).toBe(true);
  });

  test('a file that was replaced by renaming, with the same size and times', async () => {
    const time = new Date(1_700_000_000_000);
    await utimes(at('functions/app/data.json'), time, time);
    const before = subject();
    await write('functions/app/data.tmp', '[]');
    await utimes(at('functions/app/data.tmp'), time, time);
    await rename(at('functions/app/data.tmp'), at('functions/app/data.json'));
    expect(before.concerns(at('functions/app/data.json'))).toBe(true);
  });

  test('a folder above that was moved away with everything in it', async () => {
    const before = subject();
    await rename(at('functions'), at('elsewhere'));
    expect(before.concerns(at('functions'))).toBe(true);
  });

  test('any event on a file whose stamp was taken too soon after its last change', () => {
    expect(subject(false).concerns(at('functions/app/index.ts'))).toBe(true);
  });
});

describe('no reasons', () => {
  test.each([
    { what: "an editor's swap file", path: 'functions/app/.index.ts.swp' },
    { what: "an editor's backup", path: 'functions/app/index.ts~' },
    { what: 'a test beside the code', path: 'functions/app/index.test.ts' },
    { what: 'version control', path: 'functions/app/.git' },
    { what: 'something hidden beside an imported file', path: 'shared/.lib.ts.swp' },
    { what: 'something in a folder it has nothing to do with', path: 'docs/notes.md' },
    { what: "a neighbour's folder", path: 'functions/other' },
  ])('$what', async ({ path }) => {
    const before = subject();
    await write(path, 'text');
    expect(before.concerns(at(path))).toBe(false);
  });

  test('what .faasignore keeps out', async () => {
    await write('functions/app/.faasignore', '*.log\n');
    const before = subject();
    await write('functions/app/out.log', 'text');
    expect(before.concerns(at('functions/app/out.log'))).toBe(false);
  });
});

test('changes that nobody saw are found afterwards, in one folder or anywhere', async () => {
  const before = subject();
  expect(before.missed()).toEqual([]);
  await write('shared/lib.ts', 'export const x = 22');
  await write('package.json', '{"type":"module"}');
  expect(before.missed()).toEqual([at('shared/lib.ts'), at('package.json')]);
  expect(before.missed(at('shared'))).toEqual([at('shared/lib.ts')]);
  expect(before.missed(at('functions/app'))).toEqual([]);
});

test('a file is half written while it is empty, or gone and was there', async () => {
  const before = subject();
  expect(before.isHalfWritten(at('functions/app/index.ts'))).toBe(false);
  await write('functions/app/index.ts', '');
  expect(before.isHalfWritten(at('functions/app/index.ts'))).toBe(true);
  await rm(at('functions/app/index.ts'));
  expect(before.isHalfWritten(at('functions/app/index.ts'))).toBe(true);
  expect(before.isHalfWritten(at('functions/app/tsconfig.json'))).toBe(false);
});
