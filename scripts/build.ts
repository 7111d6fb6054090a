/**
 * Makes dist/ for the package: Node strips no types under node_modules, and a few large files load in half the time of
 * many small ones. The files of dist/ are all one folder deep, so that a URL which the sources write as
 * `../folder/file`, from one folder deep in runtime/ or cli/, holds there too.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import type { Metafile, Plugin } from 'esbuild';
import { bundleBootstrap } from '../runtime/deploy/bootstrap-bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: flags } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'dist') },
    'if-stale': { type: 'boolean', default: false },
  },
});

/** Packages that hold native code, or load parts of themselves by name. The others become part of dist/. */
const EXTERNAL = ['esbuild', '@vercel/nft', 'chokidar', '@balena/dockerignore', 'ignore', 'vitest'];

/**
 * An import of a Node module from an ES module evaluates every export of it, getters too: `node:http` alone then loads
 * undici, 20 ms and 13 MB. Asked for this way, a module's exports are read when they are used.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(builder) {
    builder.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
      loader: 'js',
    }));
  },
};

/**
 * What dockerode loads for requests that are never made here: engines over SSH, BuildKit sessions, packing a build's
 * folder. Two thirds of the time that loading it takes, and most of the memory.
 */
const NEVER_USED = /^(?:ssh2|tar-fs|protobufjs|@grpc\/grpc-js|@grpc\/proto-loader)$/;
const withoutUnused: Plugin = {
  name: 'without-unused',
  setup(builder) {
    builder.onResolve({ filter: NEVER_USED }, ({ path, importer }) =>
      /node_modules[\\/](?:dockerode|docker-modem)[\\/]/.test(importer)
        ? { path, namespace: 'unused' }
        : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
      contents: 'module.exports = {}',
      loader: 'js',
    }));
  },
};

try {
  if (!flags['if-stale'] || isStale(flags.out)) await rebuild();
} catch (error) {
  console.error(`${flags.out} is left as it was: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

/** npm runs `prepare` often, also the first time `npx faas` is called in a checkout. */
function isStale(out: string): boolean {
  const builtAt = statSync(join(out, 'cli', 'main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // Folders are among them: their times tell of files that were removed.
  const inputs = globSync(
    ['{runtime,gateway,cli}/**', 'package-lock.json', 'tsconfig*.json', 'scripts/build.ts'],
    { cwd: root },
  );
  return inputs.some((file) => statSync(join(root, file)).mtimeMs > builtAt);
}

async function rebuild(): Promise<void> {
  const startedAt = performance.now();
  refuseLooseFiles();
  await make(flags.out);
  console.log(`${basename(flags.out)}/ built in ${Math.round(performance.now() - startedAt)} ms`);
}

/** Builds beside the place and moves it there as a whole, so that nobody ever runs half a build. */
async function make(out: string): Promise<void> {
  const unfinished = mkdtempSync(join(dirname(out), '.dist-'));
  try {
    emitDeclarations(unfinished);
    const metafile = await bundle(unfinished);
    await writeBootstrap(unfinished);
    writeNotices(unfinished, metafile);
    rmSync(out, { recursive: true, force: true });
    renameSync(unfinished, out);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** What is read at run time by its path would be missing from dist/. */
function refuseLooseFiles(): void {
  const loose = globSync('{runtime,gateway,cli}/**/*.*', { cwd: root }).filter(
    (file) => !/\.(?:ts|json)$|^cli\/faas\.js$/.test(file),
  );
  if (loose.length > 0)
    throw new Error(`import these as modules, or teach scripts/build.ts to carry them: ${loose.join(', ')}`);
}

/** The types of the public entry and of what it names. */
function emitDeclarations(outDir: string): void {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the sources do not compile');
}

async function bundle(outDir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      'cli/main': 'cli/main.ts',
      'runtime/index': 'runtime/index.ts',
      'testing/index': 'gateway/testing/index.ts',
      // The thread that gateway/s3/hash-threads.ts starts.
      's3/hash-worker': 'gateway/s3/hash-worker.ts',
      // The thread that runtime/metering/report-thread.ts starts.
      'metering/report-worker': 'runtime/metering/report-worker.ts',
      // The process that runtime/store/query.ts starts.
      'store/query-process': 'runtime/store/query-process.ts',
      // The thread that gateway/telemetry/index.ts starts.
      'telemetry/worker': 'gateway/telemetry/worker.ts',
      // What a user's faas.config.ts gets for `import { defineConfig } from 'faas'` while it is read.
      'config/define': 'runtime/config/define.ts',
    },
    outdir: outDir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.18',
    external: EXTERNAL,
    // CommonJS packages ask for Node's modules with `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    define: { FAAS_CONFIG_BUILD: JSON.stringify(configBuild()) },
    plugins: [lazyBuiltins, withoutUnused],
  });
  return metafile;
}

/** What decides how a configuration is checked: `runtime/config/remembered.ts` keeps nothing across a change of it. */
function configBuild(): string {
  const hash = createHash('sha256');
  for (const file of [
    ...globSync('runtime/{config,core}/**/*.ts', { cwd: root }).toSorted(),
    'package-lock.json',
  ])
    hash.update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Where bootstrapFile() looks first. */
async function writeBootstrap(outDir: string): Promise<void> {
  const folder = join(outDir, 'sandbox', 'bootstrap');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'bootstrap.cjs'),
    await bundleBootstrap(join(root, 'runtime/sandbox/bootstrap/main.ts')),
  );
}

/** The licences of the packages that dist/ contains. */
function writeNotices(outDir: string, { inputs }: Metafile): void {
  const packages = new Set(
    Object.keys(inputs).flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
  );
  const notices = [...packages].toSorted().map((folder) => {
    const manifest: Record<string, string> = JSON.parse(
      readFileSync(join(root, folder, 'package.json'), 'utf8'),
    );
    const { name, version, license } = manifest;
    const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: join(root, folder) });
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(root, folder, file), 'utf8').trim() : ''}\n`;
  });
  writeFileSync(join(outDir, 'THIRD-PARTY-NOTICES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));
}
