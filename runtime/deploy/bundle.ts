/** One esbuild run: the function's code and the packages that can be bundled, in one file and its source map. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isBuiltin } from 'node:module';
import type { Message, Metafile, OutputFile, Plugin } from 'esbuild';
import { inheritsModuleType, withoutInheritedType } from './module-type.ts';
import {
  isBuildFailure,
  type EsbuildOptions,
  type EsbuildResult,
  type RunEsbuild,
} from './esbuild-service.ts';
import { banner, LOCATION_DEFINES, locateFiles, neededBanner, readPlaces } from './source-location.ts';
import { tidySourceMap } from './source-map.ts';

export interface BundleRequest {
  /** Real path of the function folder. */
  source: string;
  /** Relative to it. */
  entryFile: string;
  /** Written under the entry's own name, whatever its extension: it is started by that name. */
  keepName: boolean;
  /** Names of packages that stay outside. */
  external: readonly string[];
  /** Absolute paths of own files that get their own `__dirname` (source-location.ts). */
  located: readonly string[];
  run: RunEsbuild;
}

/** An import that the bundle leaves to Node's resolution at run time. */
export interface ExternalImport {
  specifier: string;
  kind: 'import' | 'require';
  /** Absolute path of the file that imports it. */
  importer: string;
}

export interface Bundle {
  /** The bundle's path below the artifact's root: the entry's, with `.mjs` or `.cjs`. */
  entry: string;
  files: { path: string; content: Uint8Array }[];
  /** Export names; undefined where they are known only at run time (CommonJS, `export *` of CommonJS). */
  exports: readonly string[] | undefined;
  /** Absolute paths of all files that went in. */
  inputs: string[];
  externals: ExternalImport[];
  /** Those inputs whose code asks where it is. */
  asking: Set<string>;
  warnings: Message[];
  /** The code without banner. */
  code: string;
}

type Format = 'esm' | 'cjs';

/** Never written: output paths only need to be outside of what is read. */
const OUTPUT_DIR = '.faas-artifact';

/**
 * The output keeps the entry's module system: ES modules may await at top level, CommonJS keeps `require.main`,
 * `module.exports` and live `exports`.
 *
 * @throws esbuild's BuildFailure
 */
export async function bundle(request: BundleRequest): Promise<Bundle> {
  const format = guessFormat(join(request.source, request.entryFile));
  const result = await runIn(request, format);
  const actual = result.metafile.inputs[request.entryFile]?.format ?? 'esm';
  return actual === format
    ? toBundle(request, format, result)
    : toBundle(request, actual, await runIn(request, actual));
}

/** Saves a second run nearly always; esbuild, which parses, has the last word. */
function guessFormat(entry: string): Format {
  return /^\s*(?:import\b(?!\s*\()|export\b)/m.test(readFileSync(entry, 'utf8')) ? 'esm' : 'cjs';
}

async function runIn(request: BundleRequest, format: Format): Promise<EsbuildResult> {
  try {
    return await run(request, format);
  } catch (error) {
    // A wrong guess, or CommonJS that reaches an ES module with top-level await: only ES module output can hold it.
    const needsEsm = isBuildFailure(error) && error.errors.every(({ text }) => /top-level await/i.test(text));
    if (format === 'cjs' && needsEsm) return run(request, 'esm');
    throw error;
  }
}

function run(request: BundleRequest, format: Format): Promise<EsbuildResult> {
  const plugins = pluginsFor(request);
  const key = JSON.stringify([request, format, plugins.map(({ name }) => name)]);
  return request.run(optionsFor(request, format, plugins), key);
}

function optionsFor(request: BundleRequest, format: Format, plugins: Plugin[]): EsbuildOptions {
  const entry = outputPath(request.entryFile, format);
  const stem = entry.slice(0, entry.lastIndexOf('.'));
  return {
    absWorkingDir: request.source,
    entryPoints: [{ in: `./${request.entryFile}`, out: stem }],
    outdir: OUTPUT_DIR,
    outExtension: { '.js': format === 'esm' ? '.mjs' : '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format,
    external: [...request.external],
    resolveExtensions: ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'],
    loader: {
      '.node': 'copy',
      '.html': 'text',
      '.sql': 'text',
      '.graphql': 'text',
      '.gql': 'text',
      '.md': 'text',
      '.wasm': 'binary',
      '.bin': 'binary',
    },
    assetNames: '[dir]/[name]-[hash]',
    define: LOCATION_DEFINES,
    banner: { js: banner(entry, format) },
    plugins,
    // Classes and functions that esbuild renames keep their names: `error.constructor.name`, entities, DI tokens.
    keepNames: true,
    sourcemap: 'linked',
    legalComments: 'none',
    charset: 'utf8',
    write: false,
    metafile: true,
    logLevel: 'silent',
  };
}

function pluginsFor({ source, located }: BundleRequest): Plugin[] {
  return [
    ...(located.length > 0 ? [locateFiles(source, located)] : []),
    ...(inheritsModuleType(source) ? [withoutInheritedType(source)] : []),
  ];
}

function toBundle(request: BundleRequest, format: Format, result: EsbuildResult): Bundle {
  const { source } = request;
  const output = result.outputFiles.find((file) => /\.[cm]js$/.test(file.path));
  if (!output) throw new Error('esbuild gave no output');
  const base = join(source, OUTPUT_DIR);
  const absolute = (path: string): string => resolve(source, path);
  const names = Object.keys(result.metafile.inputs).filter(isFile);
  const inputs = names.map(absolute);
  const entry = below(base, output.path);
  const meta = result.metafile.outputs[`${OUTPUT_DIR}/${entry}`];
  const rewritten = new Set(request.located);
  const contentOf = (file: OutputFile): Uint8Array => {
    if (file === output && needed !== top) return Buffer.from(output.text.replace(top, needed));
    if (!file.path.endsWith('.map')) return file.contents;
    const place = { source, from: file.path, entry, inputs: new Set(inputs), rewritten };
    return Buffer.from(tidySourceMap(file.text, place));
  };
  // `export *` of CommonJS, too, tells its names only at run time.
  const known =
    result.metafile.inputs[request.entryFile]?.format !== 'cjs' && !output.text.includes('__reExport(');
  const top = banner(entry, entry.endsWith('.mjs') ? 'esm' : 'cjs');
  const code = output.text.replace(top, '');
  const needed = neededBanner(top, code);
  const places = readPlaces(code, new Set(names));
  const resolved = places.resolving
    .filter(({ specifier }) => !isBuiltin(specifier))
    .map(({ file, specifier }) => ({ specifier, kind: 'require' as const, importer: absolute(file) }));
  return {
    entry,
    files: result.outputFiles.map((file) => {
      const path = file === output && request.keepName ? request.entryFile : below(base, file.path);
      return { path, content: contentOf(file) };
    }),
    exports: known ? (meta?.exports ?? []) : undefined,
    inputs,
    asking: new Set([...places.asking].map(absolute)),
    externals: [...externalImports(source, result.metafile), ...resolved],
    warnings: result.warnings,
    code,
  };
}

function externalImports(source: string, { inputs }: Metafile): ExternalImport[] {
  return Object.entries(inputs).flatMap(([path, { imports }]) =>
    imports
      .filter(({ external, path: specifier }) => external && !isBuiltin(specifier))
      .map(({ path: specifier, kind }) => ({
        specifier,
        kind:
          kind === 'import-statement' || kind === 'dynamic-import'
            ? ('import' as const)
            : ('require' as const),
        importer: resolve(source, path),
      })),
  );
}

const outputPath = (entryFile: string, format: Format): string =>
  entryFile.replace(/\.[^./]+$/, format === 'esm' ? '.mjs' : '.cjs');

const below = (base: string, path: string): string => path.slice(base.length + 1).replaceAll('\\', '/');

/** esbuild also lists what has no file: `(disabled):fs`, `<define:…>`. */
const isFile = (path: string): boolean => !/^[(<]|^[a-z-]{2,}:/.test(path);
