import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, createBench, settingsFor, type Bench } from './harness.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench({ os: 'linux', arch: 'x64' });
});
afterAll(() => bench[Symbol.asyncDispose]());

const manifest = (name: string, more: object = {}): string =>
  JSON.stringify({ name, version: '1.0.0', ...more });

/** A package that cannot be bundled: it reads a file beside itself. */
const reader = (dir: string, name: string, content: string): Record<string, string> => ({
  [`${dir}/package.json`]: manifest(name, { main: 'lib/index.js' }),
  [`${dir}/lib/index.js`]:
    "exports.read = () => require('fs').readFileSync(require('path').join(__dirname, '../data.txt'), 'utf8');",
  [`${dir}/data.txt`]: content,
});

const ELF_X64 = Buffer.alloc(64);
ELF_X64.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
ELF_X64.writeUInt16LE(0x3e, 18);
const MACHO_ARM64 = Buffer.alloc(64);
MACHO_ARM64.writeUInt32LE(0xfeedfacf, 0);
MACHO_ARM64.writeUInt32LE(0x0100000c, 4);

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path, 'dir');
}

describe('packages that read files beside their own', () => {
  it('stay packages, with those files', async () => {
    const source = await bench.folder('reads-data', {
      'index.mjs': "import { read } from 'reader'; export const handler = async () => read();",
      ...reader('node_modules/reader', 'reader', 'own data'),
    });
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: 'own data' });
  });

  it('stay packages when they are ES modules and use import.meta.url', async () => {
    const source = await bench.folder('reads-data-esm', {
      'index.ts': "import { read } from '@scope/reader'; export const handler = async () => read();",
      'node_modules/@scope/reader/package.json': manifest('@scope/reader', {
        type: 'module',
        exports: './index.js',
      }),
      'node_modules/@scope/reader/index.js':
        "import { readFileSync } from 'node:fs'; export const read = () => readFileSync(new URL('./data.bin', import.meta.url), 'utf8');",
      'node_modules/@scope/reader/data.bin': 'binary',
    });
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: 'binary' });
  });

  it('are found in a node_modules above the function folder', async () => {
    await bench.folder('project', reader('node_modules/hoisted', 'hoisted', 'from above'));
    const source = await bench.folder('project/functions/deep', {
      'index.js': "exports.handler = async () => require('hoisted').read();",
    });
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: 'from above' });
  });

  it('only name it in a comment, or declare their own, and are bundled', async () => {
    const source = await bench.folder('mentions', {
      'index.mjs': "import { a } from 'mentions'; export const handler = async () => a;",
      'node_modules/mentions/package.json': manifest('mentions'),
      'node_modules/mentions/index.js':
        "/* like __dirname */ exports.a = (function (__dirname) { return __dirname; })('mine');",
    });
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: 'mine' });
    expect(existsSync(join(revision.artifactDir, 'node_modules'))).toBe(false);
  });
});

describe('several copies of a package', () => {
  it('each reach the importer that had them', async () => {
    const source = await bench.folder('two-versions', {
      'index.mjs':
        "import { read } from 'reader'; import { theirs } from 'middle'; export const handler = async () => [read(), theirs()];",
      ...reader('node_modules/reader', 'reader', 'version 2'),
      'node_modules/middle/package.json': manifest('middle', { dependencies: { reader: '1' } }),
      'node_modules/middle/index.js': "exports.theirs = () => require('reader').read();",
      ...reader('node_modules/middle/node_modules/reader', 'reader', 'version 1'),
    });
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: ['version 2', 'version 1'] });
  });

  it('may come from the folder and from above it', async () => {
    await bench.folder('mixed', {
      ...reader('node_modules/reader', 'reader', 'above'),
      'node_modules/user/package.json': manifest('user', { dependencies: { reader: '1' } }),
      'node_modules/user/index.js': "exports.read = () => require('reader').read() + __dirname.slice(-4);",
    });
    const source = await bench.folder('mixed/fn', {
      'index.js': "exports.handler = async () => [require('reader').read(), require('user').read()];",
      ...reader('node_modules/reader', 'reader', 'beside'),
    });
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: ['beside', 'aboveuser'] });
  });

  it('are found through the links of a pnpm store, which the artifact does not need', async () => {
    const source = await bench.folder('pnpm', {
      'index.mjs': "import { both } from 'outer'; export const handler = async () => both();",
      'node_modules/.pnpm/outer@1.0.0/node_modules/outer/package.json': manifest('outer', {
        dependencies: { inner: '1' },
      }),
      'node_modules/.pnpm/outer@1.0.0/node_modules/outer/index.js':
        "exports.both = () => [require('inner').read(), require('path').basename(__dirname)];",
      ...reader('node_modules/.pnpm/inner@1.0.0/node_modules/inner', 'inner', 'inner data'),
    });
    await link(
      '../../inner@1.0.0/node_modules/inner',
      join(source, 'node_modules/.pnpm/outer@1.0.0/node_modules/inner'),
    );
    await link('.pnpm/outer@1.0.0/node_modules/outer', join(source, 'node_modules/outer'));
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: ['inner data', 'outer'] });
    expect(await readdir(join(revision.artifactDir, 'node_modules'))).toEqual(['inner', 'outer']);
  });

  it('of a workspace are bundled from their TypeScript sources', async () => {
    await bench.folder('workspace', {
      'packages/shared/package.json': manifest('@acme/shared', { main: 'src/index.ts' }),
      'packages/shared/src/index.ts': 'export const shared: string = "shared";',
    });
    const source = await bench.folder('workspace/functions/a', {
      'index.ts': "import { shared } from '@acme/shared'; export const handler = async () => shared;",
    });
    await link('../../packages/shared', join(bench.root, 'workspace/node_modules/@acme/shared'));
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: 'shared' });
    expect(revision.inputs).toContain(join(bench.root, 'workspace/packages/shared/src/index.ts'));
  });
});

describe('imports that no one can follow', () => {
  it('of companions a package can do without fail only when they are reached', async () => {
    const source = await bench.folder('optional-companion', {
      'index.mjs': "import { query } from 'orm'; export const handler = async () => query('sqlite');",
      'node_modules/orm/package.json': manifest('orm'),
      'node_modules/orm/index.js': `exports.query = (kind) => (kind === 'mysql' ? require('mysql-driver') : kind);`,
    });
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: 'sqlite' });
  });

  it('by a computed name find what package.json declares, dependencies included', async () => {
    const source = await bench.folder('view-engine', {
      'package.json': manifest('app', { dependencies: { engine: '1', framework: '1' } }),
      'index.js': "const { render } = require('framework'); exports.handler = async () => render('engine');",
      'node_modules/framework/package.json': manifest('framework'),
      'node_modules/framework/index.js': 'exports.render = (name) => require(name).render();',
      'node_modules/engine/package.json': manifest('engine', { dependencies: { 'engine-core': '1' } }),
      'node_modules/engine/index.js': "exports.render = () => require('engine-core');",
      'node_modules/engine-core/package.json': manifest('engine-core'),
      'node_modules/engine-core/index.js': "module.exports = 'rendered';",
    });
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: 'rendered' });
  });

  it('of own files by a computed path find those files', async () => {
    const source = await bench.folder('computed-path', {
      'index.js':
        "const { join } = require('path'); exports.handler = async (event) => require(join(__dirname, 'commands', event.name));",
      'commands/greet.js': "module.exports = 'greeted';",
      'test/greet.test.js': 'never carried',
    });
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision, { name: 'greet' })).toEqual({ answer: 'greeted' });
    expect(existsSync(join(revision.artifactDir, 'test'))).toBe(false);
  });

  it('of a package in sloppy code leave it a package', async () => {
    const source = await bench.folder('sloppy', {
      'index.mjs': "import sloppy from 'sloppy'; export const handler = async () => sloppy;",
      'node_modules/sloppy/package.json': manifest('sloppy'),
      'node_modules/sloppy/index.js': 'with ({ a: 010 }) { module.exports = a; }',
    });
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: 8 });
  });
});

describe('files that are started, not imported', () => {
  const worker = {
    'jobs/work.ts':
      "import { parentPort } from 'node:worker_threads'; import { twice } from '../twice'; import { one } from 'plain'; parentPort!.postMessage([twice(4), one]);",
    'twice.ts': 'export const twice = (n: number): number => n * 2;',
    'node_modules/plain/package.json': manifest('plain'),
    'node_modules/plain/index.js': 'exports.one = 1;',
  };

  it.each([
    ['a URL', "new Worker(new URL('./jobs/work.ts', import.meta.url))"],
    ['a joined path', "new Worker(join(__dirname, 'jobs', 'work.ts'))"],
    ['a path, with options', "new Worker(join(__dirname, './jobs/work.ts'), { name: 'w' })"],
    ['a path from the working directory', "new Worker('./jobs/work.ts')"],
  ])('are bundled, named by %s', async (how, start) => {
    const source = await bench.folder(`worker/${how}`, {
      'index.ts': `import { Worker } from 'node:worker_threads'; import { join } from 'node:path'; void join;
        export const handler = () => new Promise((resolve, reject) => ${start}.on('message', resolve).on('error', reject));`,
      ...worker,
    });
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: [8, 1] });
    expect(revision.inputs).toContain(join(source, 'twice.ts'));
  });
});

it('classes keep their names in the bundle, also where two have the same', async () => {
  const source = await bench.folder('class-names', {
    'index.ts':
      "import { make } from './a'; export class Thing {} export const handler = async () => [new Thing().constructor.name, make().constructor.name, (await import('./lazy')).name];",
    'a.ts': 'class Thing {} export const make = () => new Thing();',
    'lazy.ts':
      'export class Lazy { static self = () => Lazy; } export const name = new Lazy().constructor.name;',
  });
  const { revision } = await bench.deployer.build(settingsFor(source));
  expect(await call(revision)).toEqual({ answer: ['Thing', 'Thing', 'Lazy'] });
});

it('require.resolve finds packages and files', async () => {
  const source = await bench.folder('resolves', {
    'index.js':
      "const fs = require('fs'); exports.handler = async () => [fs.readFileSync(require.resolve('data/list.txt'), 'utf8'), require('finder')()];",
    'node_modules/data/package.json': manifest('data'),
    'node_modules/data/list.txt': 'list',
    'node_modules/finder/package.json': manifest('finder'),
    'node_modules/finder/index.js': "module.exports = () => require(require.resolve('./beside.js'));",
    'node_modules/finder/beside.js': "module.exports = 'beside';",
  });
  const { revision } = await bench.deployer.build(settingsFor(source));
  expect(await call(revision)).toEqual({ answer: ['list', 'beside'] });
});

it('the source map of a package does not pass its sources off as the user’s', async () => {
  const map = { version: 3, sources: ['../../../src/gone.ts'], names: [], mappings: 'AAAA' };
  const source = await bench.folder('package-map', {
    'index.mjs': "import { fail } from 'mapped'; export const handler = async () => fail();",
    'node_modules/mapped/package.json': manifest('mapped'),
    'node_modules/mapped/index.js': `exports.fail = () => { throw new Error('theirs'); };\n//# sourceMappingURL=index.js.map`,
    'node_modules/mapped/index.js.map': JSON.stringify(map),
  });
  const { revision } = await bench.deployer.build(settingsFor(source));
  expect((await call(revision)).stack).toMatch(/node_modules\/src\/gone\.ts:1/);
});

it('a package that package.json lists under faas.external is carried whole', async () => {
  const source = await bench.folder('configured', {
    'package.json': manifest('app', { faas: { external: ['plain'] } }),
    'index.mjs': "import { one } from 'plain'; export const handler = async () => one;",
    'node_modules/plain/package.json': manifest('plain'),
    'node_modules/plain/index.js': 'exports.one = 1;',
    'node_modules/plain/extra/found-at-run-time.js': '',
  });
  const { revision } = await bench.deployer.build(settingsFor(source));
  expect(await call(revision)).toEqual({ answer: 1 });
  expect(existsSync(join(revision.artifactDir, 'node_modules/plain/extra/found-at-run-time.js'))).toBe(true);
});

describe('native code', () => {
  const native = (
    files: Record<string, string | Uint8Array>,
    json: object = {},
  ): Record<string, string | Uint8Array> => ({
    'index.js': "exports.handler = async () => typeof require('native');",
    'node_modules/native/package.json': manifest('native', { gypfile: true, ...json }),
    'node_modules/native/index.js': "module.exports = require('./build/Release/addon.node');",
    ...files,
  });

  it('is carried for the platform of the driver', async () => {
    const source = await bench.folder(
      'native-fits',
      native({ 'node_modules/native/build/Release/addon.node': ELF_X64 }),
    );
    const { revision } = await bench.deployer.build(settingsFor(source));
    const carried = await readFile(
      join(revision.artifactDir, 'node_modules/native/build/Release/addon.node'),
    );
    expect(carried.equals(ELF_X64)).toBe(true);
  });

  it('that was built for another platform is refused with the command that installs the right one', async () => {
    const source = await bench.folder(
      'native-foreign',
      native({ 'node_modules/native/build/Release/addon.node': MACHO_ARM64 }),
    );
    await expect(bench.deployer.build(settingsFor(source))).rejects.toMatchObject({
      code: 'BuildFailed',
      message: 'native is installed for darwin-arm64, but functions run on linux-x64',
      remedy: expect.stringContaining('npm install --os=linux --cpu=x64 native'),
    });
  });

  it('of the function’s own is carried, and refused when it is for another platform', async () => {
    const files = {
      'index.mjs':
        "export const handler = async () => { try { (await import('./loads.cjs')).default; } catch (e) { return e.code; } };",
      'loads.cjs': "require('./native/addon.node');",
    };
    const fits = await bench.folder('own-addon', { ...files, 'native/addon.node': ELF_X64 });
    const { revision } = await bench.deployer.build(settingsFor(fits));
    expect(await call(revision)).toEqual({ answer: 'ERR_DLOPEN_FAILED' });
    const foreign = await bench.folder('own-addon-foreign', { ...files, 'native/addon.node': MACHO_ARM64 });
    await expect(bench.deployer.build(settingsFor(foreign))).rejects.toMatchObject({
      code: 'BuildFailed',
      message: 'native/addon.node is made for darwin-arm64, but functions run on linux-x64',
    });
  });

  it('that comes prebuilt for many platforms is carried for the one', async () => {
    const source = await bench.folder(
      'prebuilt',
      native({
        'node_modules/native/index.js':
          'module.exports = require(`./prebuilds/${process.platform}-${process.arch}/addon.node`);',
        'node_modules/native/prebuilds/linux-x64/addon.node': ELF_X64,
        'node_modules/native/prebuilds/darwin-arm64/addon.node': MACHO_ARM64,
      }),
    );
    const { revision } = await bench.deployer.build(settingsFor(source));
    expect(await readdir(join(revision.artifactDir, 'node_modules/native/prebuilds'))).toEqual(['linux-x64']);
  });

  const perPlatform = {
    optionalDependencies: { '@n/linux-x64': '1', '@n/darwin-arm64': '1' },
    gypfile: false,
  };

  it('in packages named by platform is refused when only another platform is installed', async () => {
    const source = await bench.folder(
      'named-foreign',
      native(
        {
          'node_modules/native/index.js':
            'module.exports = require(`@n/${process.platform}-${process.arch}`);',
          'node_modules/@n/darwin-arm64/package.json': manifest('@n/darwin-arm64', {
            os: ['darwin'],
            cpu: ['arm64'],
            main: 'a.node',
          }),
          'node_modules/@n/darwin-arm64/a.node': MACHO_ARM64,
        },
        perPlatform,
      ),
    );
    await expect(bench.deployer.build(settingsFor(source))).rejects.toMatchObject({
      code: 'BuildFailed',
      got: 'native code for darwin-arm64',
    });
  });

  it('in packages named by platform is carried for the one, even when the build runs elsewhere', async () => {
    const source = await bench.folder(
      'named-both',
      native(
        {
          'node_modules/native/index.js':
            "module.exports = process.platform === 'x' ? require('@n/linux-x64') : 1;",
          'node_modules/@n/linux-x64/package.json': manifest('@n/linux-x64', {
            os: ['linux'],
            cpu: ['x64'],
            main: 'a.node',
          }),
          'node_modules/@n/linux-x64/a.node': ELF_X64,
          'node_modules/@n/darwin-arm64/package.json': manifest('@n/darwin-arm64', {
            os: ['darwin'],
            cpu: ['arm64'],
            main: 'a.node',
          }),
          'node_modules/@n/darwin-arm64/a.node': MACHO_ARM64,
        },
        perPlatform,
      ),
    );
    const { revision, notes } = await bench.deployer.build(settingsFor(source));
    expect(await readdir(join(revision.artifactDir, 'node_modules/@n'))).toEqual(['linux-x64']);
    expect(notes).toEqual([]);
  });

  it('that a package can do without is left out with a note when it is for another platform', async () => {
    const source = await bench.folder('optional-foreign', {
      'index.js': "exports.handler = async () => require('reader').fast;",
      ...reader('node_modules/reader', 'reader', ''),
      'node_modules/reader/package.json': manifest('reader', {
        main: 'main.js',
        optionalDependencies: { native: '1' },
      }),
      'node_modules/reader/main.js':
        "void __dirname; try { exports.fast = require('native'); } catch { exports.fast = 'without'; }",
      ...native({ 'node_modules/native/build/Release/addon.node': MACHO_ARM64 }),
    });
    await writeFile(join(source, 'index.js'), "exports.handler = async () => require('reader').fast;");
    const { revision, notes } = await bench.deployer.build(settingsFor(source));
    expect(await call(revision)).toEqual({ answer: 'without' });
    expect(notes).toEqual([expect.stringContaining('native has no binary for linux-x64')]);
  });

  it('in packages named by platform is a note when none is installed', async () => {
    const source = await bench.folder(
      'named-none',
      native({ 'node_modules/native/index.js': '' }, perPlatform),
    );
    const { notes } = await bench.deployer.build(settingsFor(source));
    expect(notes).toEqual([expect.stringContaining('native has no binary for linux-x64')]);
  });
});
