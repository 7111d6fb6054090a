import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Build } from '../../../runtime/deploy/index.ts';
import { call, createBench, settingsFor, type Bench } from './harness.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const ENTRY = { 'index.mjs': 'export const handler = async () => 1;' };
const KEY = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

const build = (source: string): Promise<Build> => bench.deployer.build(settingsFor(source));

async function carried({ revision }: Build): Promise<string[]> {
  const entries = await readdir(revision.artifactDir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name).slice(revision.artifactDir.length + 1))
    .toSorted();
}

const BUNDLE = ['index.mjs', 'index.mjs.map'];

describe('secrets', () => {
  it('stay at home by default, and the deploy says which', async () => {
    const built = await build(
      await bench.folder('secrets', {
        ...ENTRY,
        '.env': 'TOKEN=1',
        '.env.production': 'TOKEN=2',
        'certs/server.key': KEY,
        'certs/server.pem': KEY,
        'certs/ca.pem': CERTIFICATE,
        id_rsa: KEY,
        '.aws/credentials': 'x',
        '.npmrc': '//registry/:_authToken=x',
        '.git/config': 'x',
        'node_modules/left/index.js': '',
        'page.html': '<p>',
      }),
    );
    expect(await carried(built)).toEqual(['certs/ca.pem', ...BUNDLE, 'page.html']);
    const note = built.notes.join();
    for (const name of [
      '.env',
      '.env.production',
      'certs/server.key',
      'certs/server.pem',
      'id_rsa',
      '.aws/',
      '.npmrc',
    ]) {
      expect(note).toContain(name);
    }
    expect(note).not.toContain('.git');
    expect(note).toContain('.faasignore');
  });

  it('stay at home behind a link with a harmless name', async () => {
    await bench.folder('home', { '.ssh/config': 'Host *', id_ed25519: KEY, 'shared.txt': 'fine' });
    const source = await bench.folder('links', ENTRY);
    await symlink('../home/.ssh/config', join(source, 'a.txt'));
    await symlink('../home/id_ed25519', join(source, 'b.txt'));
    await symlink('../home/shared.txt', join(source, 'c.txt'));
    expect(await carried(await build(source))).toEqual(['c.txt', ...BUNDLE]);
  });

  it('come along when .faasignore brings them back', async () => {
    const source = await bench.folder('wanted', {
      ...ENTRY,
      '.env': 'A=1',
      'k/own.key': KEY,
      '.faasignore': '!.env\n!k/own.key\n',
    });
    const built = await build(source);
    expect(await carried(built)).toEqual(['.env', ...BUNDLE, 'k/own.key']);
    expect(built.notes).toEqual([]);
  });
});

describe('ignore files', () => {
  const files = {
    ...ENTRY,
    'a.md': '',
    'docs/b.md': '',
    'data/keep.csv': '',
    'data/big.csv': '',
    'tmp/x.txt': '',
  };

  it.each([
    [
      '.faasignore matches at any depth',
      { '.faasignore': '*.md\ntmp/\n' },
      ['data/big.csv', 'data/keep.csv', ...BUNDLE],
    ],
    [
      '.dockerignore matches from the root',
      { '.dockerignore': '*.md\ntmp' },
      ['data/big.csv', 'data/keep.csv', 'docs/b.md', ...BUNDLE],
    ],
    [
      '.dockerignore may list what is wanted',
      { '.dockerignore': '*\n!data/keep.csv' },
      ['data/keep.csv', ...BUNDLE],
    ],
    [
      '.faasignore has the last word',
      { '.dockerignore': '**/*.csv\n**/*.md\ntmp', '.faasignore': '!keep.csv\n' },
      ['data/keep.csv', ...BUNDLE],
    ],
  ])('%s', async (name, ignoreFiles, expected) => {
    expect(
      await carried(await build(await bench.folder(`ignores/${name}`, { ...files, ...ignoreFiles }))),
    ).toEqual(expected);
  });

  it('do not keep code out of the bundle that the entry imports', async () => {
    const source = await bench.folder('ignored-code', {
      'index.mjs': "import { a } from './lib/a.mjs'; export const handler = async () => a;",
      'lib/a.mjs': 'export const a = 5;',
      '.dockerignore': 'lib',
    });
    expect(await call((await build(source)).revision)).toEqual({ answer: 5 });
  });
});

describe('files', () => {
  it('keep their content and whether they may be executed, and are read-only', async () => {
    const source = await bench.folder('modes', {
      ...ENTRY,
      'bin/tool': '#!/bin/sh\n',
      'bin/data': Buffer.from([0, 255, 10]),
    });
    await chmod(join(source, 'bin/tool'), 0o755);
    const { revision } = await build(source);
    const mode = async (path: string): Promise<number> =>
      (await stat(join(revision.artifactDir, path))).mode & 0o777;
    expect([await mode('bin/tool'), await mode('bin/data'), await mode('bin')]).toEqual([
      0o555, 0o444, 0o755,
    ]);
    expect([...(await readFile(join(revision.artifactDir, 'bin/data')))]).toEqual([0, 255, 10]);
  });

  it('that are links are followed; loops, broken links and sockets are left out and named', async () => {
    const outside = await bench.folder('outside', { 'x.txt': 'x' });
    const source = await bench.folder('linked', { ...ENTRY, 'd/y.txt': 'y' });
    await symlink(outside, join(source, 'assets'));
    await symlink('..', join(source, 'd/up'));
    await symlink('nowhere', join(source, 'broken'));
    const built = await build(source);
    expect(await carried(built)).toEqual(['assets/x.txt', 'd/y.txt', ...BUNDLE]);
    expect(built.notes).toEqual([expect.stringContaining('broken')]);
  });

  it('of the data directory are not carried, wherever it is', async () => {
    await writeFile(join(bench.root, 'index.mjs'), ENTRY['index.mjs']);
    const own = await bench.folder('.', {});
    const built = await build(own);
    expect((await carried(built)).filter((path) => path.startsWith('.faas'))).toEqual([]);
    await rm(join(bench.root, 'index.mjs'));
  });

  it('may have any name', async () => {
    const names = ['a b/ü.txt', 'percent%20.txt', 'hash#1.txt', "quote'.txt", 'new\nline.txt'];
    const source = await bench.folder('names ü#?%', {
      ...Object.fromEntries(names.map((name) => [name, name])),
      'li b/here.ts':
        "import { readFileSync } from 'node:fs'; import { join } from 'node:path'; export const read = (name: string) => readFileSync(join(__dirname, '..', name), 'utf8');",
      'index.ts': `import { read } from './li b/here'; export const handler = async (names: string[]) => names.map(read);`,
    });
    expect(await call((await build(source)).revision, names)).toEqual({ answer: names });
  });

  it('that cannot be read are an error with their path', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root may read everything');
    const source = await bench.folder('unreadable', { ...ENTRY, 'locked.txt': '' });
    await chmod(join(source, 'locked.txt'), 0);
    await expect(build(source)).rejects.toMatchObject({
      code: 'BuildFailed',
      message: 'locked.txt cannot be read',
    });
  });

  it('that would be written where the bundle goes give way to it', async () => {
    const source = await bench.folder('clash', {
      'index.ts': "export const handler = async () => 'new';",
      'index.mjs': 'old',
    });
    expect(await call((await build(source)).revision)).toEqual({ answer: 'new' });
  });
});

it('an empty folder in the function is no trouble', async () => {
  const source = await bench.folder('empty-inside', ENTRY);
  await mkdir(join(source, 'empty'));
  expect(await carried(await build(source))).toEqual(BUNDLE);
});
