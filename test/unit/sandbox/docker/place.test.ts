import { lstat, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkTree, packTree } from '../../../../runtime/sandbox/docker/place.ts';

let from: string;
let to: string;

beforeEach(async () => {
  [from, to] = await Promise.all([mkdtemp(join(tmpdir(), 'faas-')), mkdtemp(join(tmpdir(), 'faas-'))]);
  await mkdir(join(from, 'lib/deep'), { recursive: true });
  await writeFile(join(from, 'index.mjs'), 'export {}', { mode: 0o644 });
  await writeFile(join(from, 'lib/deep/tool'), '#!', { mode: 0o755 });
  await writeFile(join(from, 'private.json'), '{}', { mode: 0o600 });
  await symlink('lib/deep/tool', join(from, 'shortcut'));
});
afterEach(() => Promise.all([from, to].map((folder) => rm(folder, { recursive: true }))));

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe('placing a revision by links', () => {
  test('keeps folders, files, modes and symbolic links', async () => {
    await linkTree(from, to);
    expect(await readFile(join(to, 'index.mjs'), 'utf8')).toBe('export {}');
    expect(await readlink(join(to, 'shortcut'))).toBe('lib/deep/tool');
    expect(await modeOf(join(to, 'lib/deep/tool'))).toBe('755');
  });

  test('shares the files with the artifact instead of copying them', async () => {
    await linkTree(from, to);
    expect((await lstat(join(to, 'index.mjs'))).ino).toBe((await lstat(join(from, 'index.mjs'))).ino);
  });

  test('lets the user inside read what only the owner could, without touching the artifact', async () => {
    await linkTree(from, to);
    expect(await modeOf(join(to, 'private.json'))).toBe('444');
    expect(await modeOf(join(from, 'private.json'))).toBe('600');
  });

  test('makes folders that the user inside may enter, whatever the umask is', async () => {
    const umask = process.umask(0o077);
    try {
      await linkTree(from, to);
    } finally {
      process.umask(umask);
    }
    expect(await modeOf(join(to, 'lib/deep'))).toBe('755');
  });

  test('fails when something cannot be read, instead of leaving it out', async () => {
    await expect(linkTree(join(from, 'absent'), to)).rejects.toThrow('ENOENT');
  });
});

test('packing a revision keeps the same, owned by root', async () => {
  const entries: Record<string, unknown> = {};
  for await (const entry of packTree(from).pipe(extract())) {
    const { name, type, mode, uid } = entry.header;
    entries[name] = { type, mode: mode?.toString(8), uid, content: await text(entry) };
  }
  expect(entries).toMatchObject({
    'index.mjs': { type: 'file', mode: '444', uid: 0, content: 'export {}' },
    'lib/deep': { type: 'directory', mode: '755', uid: 0 },
    'lib/deep/tool': { type: 'file', mode: '555', content: '#!' },
    'private.json': { mode: '444' },
    shortcut: { type: 'symlink' },
  });
});
