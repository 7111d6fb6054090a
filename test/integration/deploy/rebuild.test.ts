/** Building again takes over what has not changed, and gives what building from nothing gives. */
import { rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../runtime/core/log.ts';
import type { Revision } from '../../../runtime/core/types.ts';
import { createDeployer, type Deployer } from '../../../runtime/deploy/index.ts';
import { stampAll } from '../../../runtime/deploy/stamps.ts';
import { createBench, HOST, settingsFor, type Bench } from './harness.ts';

let bench: Bench;
let source: string;
let kept: Deployer;

beforeEach(async () => {
  bench = await createBench();
  source = await bench.folder('app', {
    'index.ts': "import { a } from './a.ts';\nexport const handler = (): string => a;\n",
    'a.ts': "export const a = 'a';\n",
    'data.json': '{"n":1}',
    'run.sh': '#!/bin/sh\n',
  });
  kept = createDeployer({ dataDir: bench.dataDir, target: HOST, log: silentLogger, incremental: true });
});

afterEach(async () => {
  await kept.close();
  await bench[Symbol.asyncDispose]();
});

const build = async (deployer = kept): Promise<Revision> =>
  (await deployer.build(settingsFor(source))).revision;

/** Resolves when the files are old enough for their times to tell the next change. */
async function atRest(...names: string[]): Promise<void> {
  const paths = names.map((name) => join(source, name));
  while (!stampAll(paths, Date.now()).settled) await setTimeout(1);
}

async function save(name: string, content: string): Promise<void> {
  await writeFile(join(source, name), content);
  await atRest(name);
}

const inodeOf = async ({ artifactDir }: Revision, name: string): Promise<number> =>
  (await stat(join(artifactDir, name))).ino;

describe('files that are carried as they are', () => {
  test('are linked from the revision before while they do not change', async () => {
    await atRest('data.json', 'run.sh');
    const first = await build();
    await save('a.ts', "export const a = 'b';\n");
    const second = await build();
    await save('a.ts', "export const a = 'c';\n");
    const third = await build();
    expect(new Set([first.id, second.id, third.id]).size).toBe(3);
    for (const name of ['data.json', 'run.sh']) {
      expect(await inodeOf(second, name)).toBe(await inodeOf(first, name));
      expect(await inodeOf(third, name)).toBe(await inodeOf(first, name));
    }
  });

  test('are copied anew when they do, whatever their size and times say', async () => {
    const time = new Date(1_700_000_000_000);
    await utimes(join(source, 'data.json'), time, time);
    await atRest('data.json');
    const first = await build();
    await save('data.json', '{"n":2}');
    await utimes(join(source, 'data.json'), time, time);
    await atRest('data.json');
    const second = await build();
    expect(second.id).not.toBe(first.id);
    expect(await inodeOf(second, 'data.json')).not.toBe(await inodeOf(first, 'data.json'));
  });

  test('are copied when the revision before is gone', async () => {
    await atRest('data.json', 'run.sh');
    const first = await build();
    await rm(first.artifactDir, { recursive: true });
    await save('a.ts', "export const a = 'b';\n");
    const second = await build();
    expect((await stat(join(second.artifactDir, 'data.json'))).size).toBe(7);
    expect((await stat(join(second.artifactDir, 'run.sh'))).isFile()).toBe(true);
  });
});

test('the same sources give the same revision, built again and again or from nothing', async () => {
  const edits: [name: string, content: string][] = [
    ['a.ts', "export const a = 'b';\n"],
    ['a.ts', "import data from './data.json' with { type: 'json' };\nexport const a = String(data.n);\n"],
    ['data.json', '{"n":3}'],
    [
      'index.ts',
      "import { join } from 'node:path';\nexport const handler = () => join(__dirname, 'data.json');\n",
    ],
    ['index.ts', 'module.exports.handler = async () => 1;\n'],
    ['index.ts', 'await Promise.resolve();\nexport const handler = () => 2;\n'],
    ['tsconfig.json', '{"compilerOptions":{"experimentalDecorators":true}}'],
    ['index.ts', "export { a } from './a';\nexport const handler = () => 3;\n"],
    ['a/index.ts', "export const a = 'folder';\n"],
  ];
  await bench.folder('app/a', {});
  for (const [name, content] of edits) {
    await save(name, content);
    const again = await build();
    const scratch = await createBench();
    const fresh = createDeployer({ dataDir: scratch.dataDir, target: HOST, log: silentLogger });
    const { id } = await build(fresh);
    await fresh.close();
    await scratch[Symbol.asyncDispose]();
    expect(`${name}: ${again.id}`).toBe(`${name}: ${id}`);
  }
});

test('a build that fails in between spoils nothing', async () => {
  const before = await build();
  await save('a.ts', 'export const a = (');
  await expect(build()).rejects.toMatchObject({ code: 'BuildFailed' });
  await save('a.ts', "export const a = 'a';\n");
  expect((await build()).id).toBe(before.id);
  await save('a.ts', "export const a = 'z';\n");
  expect((await build()).id).not.toBe(before.id);
});

test('a function that is forgotten is built again from nothing', async () => {
  const before = await build();
  await kept.forget('under-test');
  expect(kept.dependencies('under-test')).toBeUndefined();
  await save('a.ts', "export const a = 'b';\n");
  expect((await build()).id).not.toBe(before.id);
  expect(kept.dependencies('under-test')?.source).toBe(source);
});
