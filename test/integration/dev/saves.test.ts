/** Saves, the ways editors and tools make them, become revisions: each once, and the last one always. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { watch } from 'chokidar';
import { describe, expect, test, vi } from 'vitest';
import { project, version, type Project } from './project.ts';

const APP = { functions: { app: { source: './app' } } };
const start = (files: Record<string, string> = {}): Promise<Project> =>
  project({ 'app/index.js': version(1), ...files }, APP);

const watches = () => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;

describe('however a file is saved, the new code answers', () => {
  test.each<{ how: string; save: (place: Project, content: string) => Promise<unknown> }>([
    { how: 'written in place', save: (place, content) => place.write('app/index.js', content) },
    {
      how: 'written beside and renamed',
      save: async (place, content) => {
        await place.write('app/.index.js.tmp', content);
        await rename(place.at('app/.index.js.tmp'), place.at('app/index.js'));
      },
    },
    {
      how: 'emptied, and written a moment later',
      save: async (place, content) => {
        await place.write('app/index.js', '');
        await setTimeout(30);
        await place.write('app/index.js', content);
      },
    },
    {
      how: 'removed, and made anew a moment later',
      save: async (place, content) => {
        await unlink(place.at('app/index.js'));
        await setTimeout(30);
        await place.write('app/index.js', content);
      },
    },
    {
      how: 'moved to a backup, and written under its name',
      save: async (place, content) => {
        await rename(place.at('app/index.js'), place.at('app/index.js~'));
        await place.write('app/index.js', content);
        await unlink(place.at('app/index.js~'));
      },
    },
    {
      how: 'written in parts',
      save: async (place, content) => {
        await writeFile(place.at('app/index.js'), content.slice(0, 20));
        await writeFile(place.at('app/index.js'), content.slice(20), { flag: 'a' });
      },
    },
  ])('$how', async ({ save }) => {
    await using place = await start();
    for (const number of [2, 3, 4]) {
      await save(place, version(number));
      const { files } = await place.next('deployed');
      expect(files).toEqual([place.at('app/index.js')]);
      expect(await place.call('app')).toContain(`version ${number}`);
    }
    expect(place.reports).toHaveLength(3);
  });
});

test('who is closed while a new revision comes up watches nothing any more', async () => {
  const before = watches();
  await using place = await start();
  await place.call('app');
  await place.write('app/index.js', '// never loads');
  const initialized = () => place.driver.alive.filter(({ sent }) => sent.length > 0);
  await vi.waitFor(() => expect(initialized()).toHaveLength(2), 10_000);
  await place.runtime.close({ drainMs: 0 });
  // What began to be watched before this folder is being watched by now.
  const last = watch(place.root);
  await once(last, 'ready');
  await last.close();
  await vi.waitFor(() => expect(watches()).toBe(before), 10_000);
});

test('a sandbox is kept booted for a save, and another for the save right after it', async () => {
  await using place = await start();
  const booted = () => place.driver.alive.filter(({ spec }) => spec.functionName === '');
  await vi.waitFor(() => expect(booted()).toHaveLength(2), 10_000);
});

test('the report names the files that changed', async () => {
  await using place = await start({ 'app/a.js': 'export const a = 1', 'app/b.js': 'export const b = 1' });
  writeFileSync(place.at('app/a.js'), 'export const a = 2');
  writeFileSync(place.at('app/b.js'), 'export const b = 2');
  const { files } = await place.next('deployed');
  expect(files.toSorted()).toEqual([place.at('app/a.js'), place.at('app/b.js')]);
});

test('many files at once are one build', async () => {
  await using place = await start();
  mkdirSync(place.at('app/data'));
  for (let index = 0; index < 200; index++) writeFileSync(place.at(`app/data/${index}.json`), `[${index}]`);
  const { function: deployed } = await place.next('deployed');
  expect(deployed.revision.inputs).toContain(place.at('app/data/199.json'));
  expect(place.reports).toHaveLength(1);
});

test('a file whose time changes and whose content does not is no news', async () => {
  await using place = await start();
  const now = new Date();
  await utimes(place.at('app/index.js'), now, now);
  await place.built(2);
  await place.write('app/index.js', version(1));
  await place.built(3);
  await place.write('app/index.js', version(2));
  await place.next('deployed');
  expect(place.reports).toHaveLength(1);
});

test('two hundred saves in a row: what answers at the end is the last', async () => {
  await using place = await start();
  for (let number = 2; number <= 200; number++) {
    await place.write('app/index.js', version(number));
    await setTimeout(number % 13);
  }
  while (!(await place.call('app')).includes('version 200')) await place.next('deployed');
  expect(place.reports.every(({ kind }) => kind === 'deployed')).toBe(true);
});

test('revisions do not pile up on the disk', async () => {
  await using place = await start();
  for (let number = 2; number <= 50; number++) {
    await place.write('app/index.js', version(number));
    await place.next('deployed');
    expect(await place.call('app')).toContain(`version ${number}`);
  }
  const artifacts = (await readdir(place.at('.faas/artifacts'))).filter((name) =>
    /^[0-9a-f]{12}$/.test(name),
  );
  expect(artifacts.length).toBeLessThan(30);
});

describe('everything a build depends on is watched', () => {
  test.each<{ what: string; files: Record<string, string>; change: (place: Project) => Promise<unknown> }>([
    {
      what: 'a file the function reads',
      files: { 'app/page.html': '<p>1' },
      change: (place) => place.write('app/page.html', '<p>2'),
    },
    {
      what: 'an ignore file that appears',
      files: { 'app/big.bin': 'x' },
      change: (place) => place.write('app/.faasignore', '*.bin\n'),
    },
    {
      what: 'an imported file outside of the function folder',
      files: {
        'lib/words.js': "export const word = 'one'",
        'app/index.js': "export { word } from '../lib/words.js';\nexport const handler = () => 1",
      },
      change: (place) => place.write('lib/words.js', "export const word = 'two'"),
    },
    {
      what: 'a tsconfig.json',
      files: {
        'app/tsconfig.json': '{"compilerOptions":{"paths":{"@word":["./one.ts"]}}}',
        'app/one.ts': "export const word = 'one'",
        'app/two.ts': "export const word = 'two'",
        'app/index.ts': "export { word } from '@word';\nexport const handler = () => 1",
      },
      change: (place) =>
        place.write('app/tsconfig.json', '{"compilerOptions":{"paths":{"@word":["./two.ts"]}}}'),
    },
    {
      what: 'an installed package',
      files: {
        'app/node_modules/words/package.json': '{"name":"words","main":"index.js"}',
        'app/node_modules/words/index.js': "exports.word = 'one'",
        'app/index.js': "import { word } from 'words';\nexport const handler = () => word",
      },
      change: (place) => place.write('app/node_modules/words/index.js', "exports.word = 'two'"),
    },
    {
      what: 'a file with a better claim to an import',
      files: {
        'app/words/index.js': "export const word = 'one'",
        'app/index.js': "export { word } from './words';\nexport const handler = () => 1",
      },
      change: (place) => place.write('app/words.js', "export const word = 'two'"),
    },
  ])('$what', async ({ files, change }) => {
    await using place = await start(files);
    const before = place.runtime.function('app')?.revision.id;
    await change(place);
    const { function: deployed } = await place.next('deployed');
    expect(deployed.revision.id).not.toBe(before);
  });

  test('a file that the latest build was the first to import', async () => {
    await using place = await start({ 'lib/deep/words.js': "export const word = 'one'" });
    await place.write(
      'app/index.js',
      "export { word } from '../lib/deep/words.js';\nexport const handler = () => 1",
    );
    await place.next('deployed');
    await place.write('lib/deep/words.js', "export const word = 'two'");
    await place.next('deployed');
    expect(await place.call('app')).toContain('two');
  });

  test('a file in a folder that did not exist', async () => {
    await using place = await start();
    await place.write('app/data/words.json', '["one"]');
    const first = await place.next('deployed');
    await place.write('app/data/words.json', '["two"]');
    const second = await place.next('deployed');
    expect(second.function.revision.id).not.toBe(first.function.revision.id);
  });

  test('a shared file, for each function that imports it', async () => {
    const code = "export { word } from '../lib.js';\nexport const handler = () => 1";
    await using place = await project(
      { 'lib.js': "export const word = 'one'", 'a/index.js': code, 'b/index.js': code },
      { functions: { a: { source: './a' }, b: { source: './b' } } },
    );
    await place.write('lib.js', "export const word = 'two'");
    const both = [await place.next('deployed'), await place.next('deployed')];
    expect(new Set(both.map((one) => one.function.settings.name))).toEqual(new Set(['a', 'b']));
  });
});

describe('code that is wrong', () => {
  test('does not build: what was there goes on, the error has its place, and the fix takes over', async () => {
    await using place = await start();
    await place.write('app/index.js', 'export const handler = (');
    const { error, serving } = await place.next('failed');
    expect(error.code).toBe('BuildFailed');
    expect(error.message).toContain('index.js:1:25');
    expect(serving).toBe(place.runtime.function('app')?.revision.id);
    expect(await place.call('app')).toContain('version 1');
    await place.write('app/index.js', version(2));
    await place.next('deployed');
    expect(await place.call('app')).toContain('version 2');
  });

  test('put back as it was is in order again, and nothing is deployed', async () => {
    await using place = await start();
    await place.write('app/index.js', 'export const handler = (');
    await place.next('failed');
    await place.write('app/index.js', version(1));
    await place.next('recovered');
    expect(await place.call('app')).toContain('version 1');
  });

  test('does not load: what was there goes on, and the next save takes over', async () => {
    await using place = await start();
    await place.call('app');
    await place.write('app/index.js', `${version(2)}throw new Error('fails at load');`);
    const { error } = await place.next('failed');
    expect(error).toMatchObject({ code: 'InitFailed' });
    expect(await place.call('app')).toContain('version 1');
    expect(place.runtime.store.functions.all()[0]?.revision.id).toBe(
      place.runtime.function('app')?.revision.id,
    );
    await place.write('app/index.js', version(3));
    await place.next('deployed');
    expect(await place.call('app')).toContain('version 3');
  });

  test('imports what is not there yet: the file that appears mends it', async () => {
    await using place = await start();
    await place.write(
      'app/index.js',
      "export { word } from '../later/words.js';\nexport const handler = () => 1",
    );
    await place.next('failed');
    await place.write('later/words.js', "export const word = 'here'");
    await place.next('deployed');
    expect(await place.call('app')).toContain('here');
  });

  test('imports a package that is not installed: installing it mends it', async () => {
    await using place = await start();
    await place.write('app/index.js', "import { word } from 'words';\nexport const handler = () => word");
    await place.next('failed');
    await place.write('elsewhere/words/package.json', '{"name":"words","main":"index.js"}');
    await place.write('elsewhere/words/index.js', "exports.word = 'installed'");
    await mkdir(place.at('app/node_modules'));
    await symlink(place.at('elsewhere/words'), place.at('app/node_modules/words'));
    await place.next('deployed');
    expect(await place.call('app')).toContain('installed');
  });

  test('at the start: nothing is deployed until it is corrected', async () => {
    await using place = await project({ 'app/index.js': 'export const handler = (' }, APP);
    expect(place.runtime.function('app')).toBeUndefined();
    await place.write('app/index.js', version(1));
    await place.next('deployed');
    expect(await place.call('app')).toContain('version 1');
  });
});

describe('folders', () => {
  test('one that is removed is missed, what it held goes on answering, and it may come back', async () => {
    await using place = await start();
    await rename(place.at('app'), place.at('away'));
    const { error } = await place.next('failed');
    expect(error.code).toBe('SourceNotFound');
    expect(await place.call('app')).toContain('version 1');
    await rename(place.at('away'), place.at('app'));
    await place.next('recovered');
    await place.write('app/index.js', version(2));
    await place.next('deployed');
  });

  test('one that is exchanged for another is read, and watched from then on', async () => {
    await using place = await start();
    await cp(place.at('app'), place.at('next'), { recursive: true });
    await place.write('next/index.js', version(2));
    await rename(place.at('app'), place.at('former'));
    await rename(place.at('next'), place.at('app'));
    await place.next('deployed');
    expect(await place.call('app')).toContain('version 2');
    await place.write('app/index.js', version(3));
    await place.next('deployed');
    await rm(place.at('former'), { recursive: true });
    await place.write('app/index.js', version(4));
    await place.next('deployed');
    expect(await place.call('app')).toContain('version 4');
    expect(place.reports).toHaveLength(3);
  });
});

test('a save between the first build and the first watch is not lost', async () => {
  await using place = await project({ 'app/index.js': version(1) }, APP, (write) =>
    write('app/index.js', version(2)),
  );
  await place.next('deployed');
  expect(await place.call('app')).toContain('version 2');
});

test('closing ends watching', async () => {
  const watches = (): number => process.getActiveResourcesInfo().filter((one) => /FSEvent/.test(one)).length;
  const before = watches();
  await using place = await start();
  await place.write('app/index.js', version(2));
  await place.next('deployed');
  expect(watches()).toBeGreaterThan(before);
  await place.runtime.close({ drainMs: 0 });
  expect(watches()).toBe(before);
});
