/** What a stranger gets: the packed package, unpacked as npm does into a folder that has nothing else. */
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest: { name: string; version: string; files: string[]; dependencies: Record<string, string> } =
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// The Node that runs the tests comes first, as in an npm script.
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };

let scratch: string;
let home: string;
let packed: string[];

beforeAll(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'faas-package-')));
  home = join(scratch, 'stranger');
  packed = install(pack());
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Packs a copy, so that dist/ of the checkout, which other tests may be running, stays as it is. */
function pack(): string {
  const copy = join(scratch, 'checkout');
  mkdirSync(copy);
  for (const path of ['package.json', ...manifest.files]) {
    if (path !== 'dist' && existsSync(join(root, path)))
      cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  run(process.execPath, [join(root, 'scripts/build.ts'), '--out', join(copy, 'dist')], root);
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', scratch], copy);
  return join(scratch, `${manifest.name}-${manifest.version}.tgz`);
}

/**
 * Unpacks the tarball and links the packages it declares to those of the checkout: npm itself would have to ask a
 * registry for them. What it uses without declaring is missing, as it would be anywhere else.
 */
function install(tarball: string): string[] {
  const modules = join(home, 'node_modules');
  const own = join(modules, manifest.name);
  mkdirSync(own, { recursive: true });
  run('tar', ['-xzf', tarball, '-C', own, '--strip-components=1'], home);
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  mkdirSync(join(modules, '.bin'));
  symlinkSync(`../${manifest.name}/cli/faas.js`, join(modules, '.bin', 'faas'));
  writeFileSync(join(home, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }');
  return run('tar', ['-tzf', tarball], home).split('\n');
}

function run(command: string, args: string[], cwd: string): string {
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

test('the package holds the program, its types, its documents and the licences of what it contains, no sources', () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      'package/package.json',
      'package/cli/faas.js',
      'package/dist/cli/main.js',
      'package/dist/runtime/index.js',
      'package/dist/runtime/index.d.ts',
      'package/dist/sandbox/bootstrap/bootstrap.cjs',
      'package/dist/THIRD-PARTY-NOTICES.txt',
      'package/docs/configuration.md',
    ]),
  );
  expect(packed.filter((file) => /(?<!\.d)\.ts$|\/test\/|\.faas\//.test(file))).toEqual([]);
});

test('npx faas --version prints the version', () => {
  expect(run('npm', ['exec', '--offline', '--', 'faas', '--version'], home).trim()).toBe(manifest.version);
});

test('the package can be imported as a library', () => {
  const code = `import { createRuntime, defineConfig, FaasError } from '${manifest.name}';
    console.log(typeof createRuntime, defineConfig({ port: 1 }).port, new FaasError('Internal', 'x').code);`;
  expect(run(process.execPath, ['--input-type=module', '-e', code], home)).toBe('function 1 Internal\n');
});

test('a configuration is typed', () => {
  writeFileSync(
    join(home, 'typed.ts'),
    `import { defineConfig } from '${manifest.name}';
    export default defineConfig({
      functions: { hello: { source: './hello', memory: 512, timeout: '10s', triggers: [{ http: 'GET /hello' }, { s3: { bucket: 'photos' } }] } },
      driver: 'process',
    });
    // @ts-expect-error: no such driver
    defineConfig({ driver: 'dockr' });
    // @ts-expect-error: no such key
    defineConfig({ functions: { hello: { source: './hello', memry: 512 } } });
    // @ts-expect-error: the source is missing
    defineConfig({ functions: { hello: {} } });
    `,
  );
  const options =
    '--noEmit --strict --module nodenext --target es2024 --skipLibCheck --exactOptionalPropertyTypes'.split(
      ' ',
    );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  expect(run(process.execPath, [tsc, ...options, 'typed.ts'], home)).toBe('');
});

test('functions are tested with faas/testing and Vitest, typed', () => {
  symlinkSync(join(root, 'node_modules/vitest'), join(home, 'node_modules/vitest'));
  mkdirSync(join(home, 'greet'));
  writeFileSync(
    join(home, 'greet/index.mjs'),
    'export const handler = async (event) => `hello ${event.name}`;',
  );
  writeFileSync(
    join(home, 'greet.test.ts'),
    `import { createTestRuntime } from '${manifest.name}/testing';
    import { expect, test } from 'vitest';
    test('greet', async () => {
      await using faas = await createTestRuntime({ driver: 'process', functions: { greet: { source: './greet' } } });
      const greet = faas.function('greet');
      expect((await greet.invoke({ name: 'Ada' })).payload).toBe('hello Ada');
      await expect(greet).toCostLessThan(1, { calls: 3 });
      await expect(greet).toColdStartUnder(60_000, { starts: 1 });
      await expect(expect(greet).toRunUnder(0.000001)).rejects.toThrow('expected at most');
    });`,
  );
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  expect(run(process.execPath, [vitest, 'run', '--root', home, '--reporter', 'json'], home)).toContain(
    '"numPassedTests":1',
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options =
    '--noEmit --strict --module nodenext --target es2024 --lib es2024,esnext.disposable --skipLibCheck --types node'.split(
      ' ',
    );
  symlinkSync(join(root, 'node_modules/@types'), join(home, 'node_modules/@types'));
  expect(run(process.execPath, [tsc, ...options, 'greet.test.ts'], home)).toBe('');
});

test('a new function is made, served and called', async () => {
  const faas = join(home, 'node_modules/.bin/faas');
  run(faas, ['new', 'hello'], home);
  const ports = ['--port', '0', '--admin-port', '0', '--aws-port', '0'];
  const runtime = spawn(faas, ['start', '--json', '--driver', 'process', ...ports], {
    cwd: home,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => runtime.once('exit', resolve));
  try {
    const lines = createInterface({ input: runtime.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    const ready: { event: string; url: string } = JSON.parse(String(value));
    expect(ready.event).toBe('ready');
    const answer = await fetch(`${ready.url}/hello`);
    expect(answer.status).toBe(200);
  } finally {
    runtime.kill('SIGTERM');
  }
  expect(await exited).toBe(0);
});
