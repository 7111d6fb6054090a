import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../runtime/core/log.ts';
import { createDeployer } from '../../../runtime/deploy/index.ts';
import { call, createBench, HOST, settingsFor, type Bench } from './harness.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const idOf = async (source: string, handler?: string): Promise<string> =>
  (await bench.deployer.build(settingsFor(source, { handler }))).revision.id;

const artifacts = async (): Promise<string[]> =>
  (await readdir(join(bench.dataDir, 'artifacts'))).filter((name) => name !== 'index').toSorted();

/** The remembered builds, by which an unchanged deploy is told from a build. */
const memories = (): Promise<string[]> => readdir(join(bench.dataDir, 'artifacts/index')).catch(() => []);

/** Builds until the result is remembered: files must have been at rest for some milliseconds. */
async function buildSettled(source: string): Promise<string> {
  let id = await idOf(source);
  await vi.waitFor(
    async () => {
      id = await idOf(source);
      expect((await memories()).length).toBeGreaterThan(0);
    },
    { timeout: 10_000, interval: 5 },
  );
  return id;
}

describe('the id of a revision', () => {
  it('is the same for the same sources, on another path, in another data directory, whatever the times', async () => {
    const first = await bench.copyOf('ts-pathless', 'one');
    const second = await bench.copyOf('ts-pathless', 'somewhere/else/two');
    await utimes(join(second, 'src/app.ts'), new Date(0), new Date(0));
    const other = createDeployer({ dataDir: join(bench.root, 'other'), target: HOST, log: silentLogger });
    const elsewhere = await other.build(settingsFor(second));
    const ids = [await idOf(first), await idOf(second), elsewhere.revision.id];
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f]{12}$/);
    await other.close();
  });

  it('is the same for packages on another path', async () => {
    const packageFiles = {
      'index.mjs': "import { a } from 'a'; export const handler = async () => a;",
      'node_modules/a/package.json': '{"name":"a","type":"module","main":"i.js"}',
      'node_modules/a/i.js': 'export const a = import.meta.url;',
    };
    const [first, second] = [
      await bench.folder('p/one', packageFiles),
      await bench.folder('q/r/two', packageFiles),
    ];
    expect(await idOf(first)).toBe(await idOf(second));
  });

  it.each([
    ['the code', 'index.mjs', 'export const handler = async () => 2;'],
    ['a carried file', 'data.txt', 'other'],
    ['a new file', 'new.txt', 'new'],
  ])('changes with %s', async (_what, path, content) => {
    const source = await bench.folder('f', {
      'index.mjs': 'export const handler = async () => 1;',
      'data.txt': 'data',
    });
    const before = await idOf(source);
    await writeFile(join(source, path), content);
    expect(await idOf(source)).not.toBe(before);
  });

  it('changes with the export that is the handler', async () => {
    const source = await bench.folder('f', { 'index.mjs': 'export const a = () => 1, b = () => 2;' });
    expect(await idOf(source, 'index.a')).not.toBe(await idOf(source, 'index.b'));
  });

  it('names nothing of the machine: neither bundle nor map holds the path of the source', async () => {
    const source = await bench.copyOf('throws', 'secret-path');
    const { revision } = await bench.deployer.build(settingsFor(source));
    const names = await readdir(join(revision.artifactDir, 'src'));
    expect(names).toEqual(['index.mjs', 'index.mjs.map']);
    const texts = await Promise.all(
      names.map((name) => readFile(join(revision.artifactDir, 'src', name), 'utf8')),
    );
    expect(texts.join('')).not.toContain('secret-path');
  });
});

describe('deploying what did not change', () => {
  it('is answered from the last build, without building', async () => {
    const source = await bench.copyOf('esm', 'f');
    const id = await buildSettled(source);
    // A mark on what is remembered shows that the answer comes from there.
    const path = join(bench.dataDir, 'artifacts/index', (await memories())[0]!);
    const remembered = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...remembered, notes: ['from memory'] }));
    const again = await bench.deployer.build(settingsFor(source));
    expect(again).toMatchObject({
      reused: true,
      notes: ['from memory'],
      revision: { id, functionName: 'under-test' },
    });
    expect(again.revision.inputs).toContain(join(source, 'index.mjs'));
  });

  it('survives the process: another deployer of the same data directory knows it too', async () => {
    const source = await bench.copyOf('esm', 'f');
    const id = await buildSettled(source);
    const next = createDeployer({ dataDir: bench.dataDir, target: HOST, log: silentLogger });
    expect(await next.build(settingsFor(source))).toMatchObject({ reused: true, revision: { id } });
    await next.close();
  });

  it.each<[string, (source: string) => Promise<unknown>]>([
    ['an edited file', (source) => appendFile(join(source, 'lib/greet.mjs'), '\nexport const more = 1;')],
    [
      'a file of the same size and times',
      async (source) => {
        const path = join(source, 'lib/greet.mjs');
        const { atime, mtime } = await stat(path);
        await writeFile(path, (await readFile(path, 'utf8')).replace('hello', 'jello'));
        await utimes(path, atime, mtime);
      },
    ],
    [
      'a file that was replaced',
      async (source) => {
        await writeFile(join(source, 'next'), 'export const greet = () => 9;');
        await rename(join(source, 'next'), join(source, 'lib/greet.mjs'));
      },
    ],
    ['a new file', (source) => writeFile(join(source, 'lib/new.txt'), 'x')],
    ['a removed file', (source) => rm(join(source, 'data.txt'))],
    ['a new ignore file', (source) => writeFile(join(source, '.faasignore'), 'data.txt')],
    ['a new package.json', (source) => writeFile(join(source, 'package.json'), '{"name":"x"}')],
  ])('builds anew after %s', async (_what, change) => {
    const source = await bench.copyOf('esm', 'f');
    await writeFile(join(source, 'data.txt'), 'data');
    const before = await buildSettled(source);
    await change(source);
    expect(await idOf(source)).not.toBe(before);
  });

  it.each<[string, (project: string) => Promise<unknown>]>([
    [
      'a package that was updated',
      (project) => writeFile(join(project, 'node_modules/dep/index.js'), 'exports.a = 2;'),
    ],
    [
      'a nearer copy of a package',
      (project) =>
        cp(join(project, 'node_modules/dep'), join(project, 'fn/node_modules/dep'), { recursive: true }).then(
          () => writeFile(join(project, 'fn/node_modules/dep/index.js'), 'exports.a = 3;'),
        ),
    ],
    [
      'a file outside of the folder that is imported',
      (project) => writeFile(join(project, 'shared.js'), 'exports.s = 2;'),
    ],
    [
      'a file that now comes first',
      (project) => writeFile(join(project, 'shared.ts'), 'export const s = 3;'),
    ],
    [
      'a tsconfig.json above',
      (project) =>
        writeFile(
          join(project, 'tsconfig.json'),
          '{ "compilerOptions": { "paths": { "dep": ["./shared.js"] } } }',
        ),
    ],
  ])('builds anew after %s', async (_what, change) => {
    const project = await bench.folder('project', {
      'shared.js': 'exports.s = 1;',
      'node_modules/dep/package.json': '{"name":"dep"}',
      'node_modules/dep/index.js': 'exports.a = 1;',
      'fn/index.js': "exports.handler = async () => [require('dep').a, require('../shared').s];",
    });
    const source = join(project, 'fn');
    const before = await buildSettled(source);
    await change(project);
    expect(await idOf(source)).not.toBe(before);
  });

  it('builds anew when the artifact is gone', async () => {
    const source = await bench.copyOf('esm', 'f');
    const id = await buildSettled(source);
    await rm(join(bench.dataDir, 'artifacts', id), { recursive: true });
    const { revision, reused } = await bench.deployer.build(settingsFor(source));
    expect({ id: revision.id, reused }).toEqual({ id, reused: false });
    expect(await call(revision, { name: 'x' })).toMatchObject({ answer: { text: 'hello x' } });
  });

  it('says so also when only the content is the same', async () => {
    const [first, second] = [await bench.copyOf('esm', 'one'), await bench.copyOf('esm', 'two')];
    expect((await bench.deployer.build(settingsFor(first))).reused).toBe(false);
    expect((await bench.deployer.build(settingsFor(second))).reused).toBe(true);
  });
});

it('a file that changes while it is built is never left behind: the next deploy has the last content', async () => {
  const source = await bench.folder('f', { 'index.mjs': 'export const handler = async () => -1;' });
  for (let round = 0; round < 8; round += 1) {
    // It may fail on a file that is half written.
    const building = bench.deployer.build(settingsFor(source)).catch(() => undefined);
    for (let n = 0; n < 20; n += 1)
      await writeFile(join(source, 'index.mjs'), `export const handler = async () => ${n};`);
    await building;
    await writeFile(join(source, 'index.mjs'), `export const handler = async () => 'round ${round}';`);
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await readFile(join(revision.artifactDir, revision.entry), 'utf8')).toContain(`round ${round}`);
  }
});

describe('the artifact folder', () => {
  it('is complete after many builds at once of the same and of other sources', async () => {
    const sources = await Promise.all(
      ['esm', 'cjs', 'esm', 'callback', 'esm', 'cjs'].map((name, i) => bench.copyOf(name, `${name}-${i}`)),
    );
    const built = await Promise.all(sources.map((source) => bench.deployer.build(settingsFor(source))));
    const ids = built.map(({ revision }) => revision.id);
    expect([ids[0], ids[1]]).toEqual([ids[2], ids[5]]);
    expect(await artifacts()).toEqual([...new Set(ids)].toSorted());
  });

  it('never holds half an artifact: builders killed at any moment leave only what the next start removes', async () => {
    const source = await bench.folder('big', {
      'index.mjs': 'export const handler = async () => 1;',
      ...Object.fromEntries(
        Array.from({ length: 60 }, (_, i) => [`data/${i}.bin`, Buffer.alloc(200_000, i)]),
      ),
    });
    const script = fileURLToPath(new URL('./build-once.ts', import.meta.url));
    const builder = (): ReturnType<typeof spawn> =>
      spawn(process.execPath, [script, bench.dataDir, source], { stdio: ['ignore', 'ignore', 'inherit'] });
    let killedHalfWay = 0;
    // Killed once its copy is seen growing, so that the moments fall inside the write.
    for (let round = 0; round < 5; round += 1) {
      const child = builder();
      const gone = once(child, 'exit');
      const own = async (): Promise<string | undefined> =>
        (await unfinished()).find((name) => name.startsWith(`.unfinished-${child.pid}-`));
      await vi.waitFor(
        async () => {
          if (child.exitCode === null) expect(await own()).toBeDefined();
        },
        { timeout: 20_000, interval: 1 },
      );
      child.kill('SIGKILL');
      await gone;
      if ((await own()) !== undefined) killedHalfWay += 1;
      for (const id of await complete()) {
        expect(await readdir(join(bench.dataDir, 'artifacts', id, 'data'))).toHaveLength(60);
        await rm(join(bench.dataDir, 'artifacts', id), { recursive: true });
      }
    }
    expect(killedHalfWay).toBeGreaterThan(0);
    const next = createDeployer({ dataDir: bench.dataDir, target: HOST, log: silentLogger });
    const { revision } = await next.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: 1 });
    expect(await unfinished()).toEqual([]);
    await next.close();
  });

  const unfinished = async (): Promise<string[]> =>
    (await artifacts().catch(() => [])).filter((name) => name.startsWith('.unfinished'));
  const complete = async (): Promise<string[]> => (await artifacts()).filter((name) => !name.startsWith('.'));

  it('does not touch what a living process is writing', async () => {
    const other = join(bench.dataDir, 'artifacts', `.unfinished-${process.ppid}-abc`);
    const dead = join(bench.dataDir, 'artifacts', '.unfinished-4194304999-abc');
    await mkdir(other, { recursive: true });
    await mkdir(dead, { recursive: true });
    await bench.deployer.build(settingsFor(await bench.copyOf('esm', 'f')));
    expect((await artifacts()).filter((name) => name.startsWith('.'))).toEqual([
      `.unfinished-${process.ppid}-abc`,
    ]);
  });

  it('is pruned to what is kept and to the last build of each function', async () => {
    const source = await bench.folder('f', { 'index.mjs': 'export const handler = async () => 1;' });
    const edit = (n: number): Promise<void> =>
      writeFile(join(source, 'index.mjs'), `export const handler = async () => ${n};`);
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4]) {
      await edit(n);
      ids.push(await idOf(source));
    }
    await bench.deployer.prune(new Set([ids[1]!]));
    expect(await artifacts()).toEqual([ids[1]!, ids[3]!].toSorted((a, b) => (a < b ? -1 : 1)));
    await edit(1);
    expect(await idOf(source)).toBe(ids[0]);
  });
});

it('a failed build leaves the old revision as it was', async () => {
  const source = await bench.copyOf('esm', 'f');
  const { revision } = await bench.deployer.build(settingsFor(source));
  await writeFile(join(source, 'index.mjs'), 'export const handler = = 1;');
  await expect(bench.deployer.build(settingsFor(source))).rejects.toMatchObject({ code: 'BuildFailed' });
  expect(await call(revision, { name: 'old' })).toMatchObject({ answer: { text: 'hello old' } });
  expect(await artifacts()).toEqual([revision.id]);
});

it('a data directory that cannot be written is a named error', async () => {
  await writeFile(bench.dataDir, 'a file where the folder should be');
  const source = await bench.copyOf('esm', 'f');
  await expect(bench.deployer.build(settingsFor(source))).rejects.toMatchObject({ code: 'StoreFailed' });
});
