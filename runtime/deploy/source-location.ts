/**
 * `__dirname`, `__filename` and `import.meta.url` in a bundle name the bundle. A function that reads
 * `join(__dirname, '../templates/mail.html')` from src/lib/mail.ts means the place of mail.ts, so each of the
 * function's own files that asks gets the answer it would get unbundled, below the artifact's root.
 *
 * How: esbuild replaces the free names (never a user's own `const __dirname`) by `__faas_*`. The banner declares
 * these for the bundle's own place; a file's prelude shadows them with the file's place.
 */
import { readFileSync } from 'node:fs';
import { extname, relative, sep } from 'node:path';
import type { Loader, Plugin } from 'esbuild';

export const LOCATION_DEFINES = {
  __dirname: '__faas_dirname',
  __filename: '__faas_filename',
  'import.meta.dirname': '__faas_dirname',
  'import.meta.filename': '__faas_filename',
  'import.meta.url': '__faas_url',
};

const ANSWERED = /\b__faas_(?:dirname|filename|url)\b/;
const RESOLVES = /\b(?:__require\d*|require)\.resolve\(\s*["'`]([^"'`]+)/;
const MODULE_STARTS = /^\s*\/\/ (.+)$/;

export interface PlaceReport {
  /** Files that look for something beside themselves. */
  asking: Set<string>;
  /** `require.resolve('name')`: esbuild reports no import for it. */
  resolving: { file: string; specifier: string }[];
}

/**
 * Which modules of a bundle depend on where they are, by their names in esbuild's metafile. esbuild has parsed the
 * code, so neither comments nor a user's own `__dirname` count; a line `// <file>` stands before each module.
 *
 * @param code esbuild's output without the banner, not minified
 */
export function readPlaces(code: string, inputs: ReadonlySet<string>): PlaceReport {
  const report: PlaceReport = { asking: new Set(), resolving: [] };
  if (!ANSWERED.test(code) && !RESOLVES.test(code)) return report;
  let file: string | undefined;
  for (const line of code.split('\n')) {
    const start = MODULE_STARTS.exec(line)?.[1];
    if (start !== undefined && inputs.has(start)) file = start;
    if (file === undefined) continue;
    const specifier = RESOLVES.exec(line)?.[1];
    if (specifier !== undefined && !specifier.startsWith('.')) report.resolving.push({ file, specifier });
    if (specifier?.startsWith('.') || ANSWERED.test(line)) report.asking.add(file);
  }
  return report;
}

/**
 * What stands at the top of a bundle. `var`, because a module of the bundle may declare the same names. That it stands
 * before an entry's 'use strict' is as well: esbuild would make it the directive of every package in the bundle.
 *
 * @param entry the bundle's path below the artifact's root
 */
export function banner(entry: string, format: 'esm' | 'cjs'): string {
  const root = '../'.repeat(entry.split('/').length - 1) || './';
  const own =
    format === 'esm'
      ? [
          "import { createRequire as __faas_createRequire } from 'node:module';",
          'var require = __faas_createRequire(import.meta.url);',
          'var __faas_url = import.meta.url, __faas_filename = import.meta.filename, __faas_dirname = import.meta.dirname;',
        ]
      : [
          "var __faas_url = require('node:url').pathToFileURL(__filename).href;",
          'var __faas_filename = __filename, __faas_dirname = __dirname;',
        ];
  const at = [
    'var __faas_at = (path) => {',
    `const url = new URL(${JSON.stringify(root)} + path, __faas_bundle), { fileURLToPath } = require('node:url');`,
    "return { url: url.href, filename: fileURLToPath(url), dirname: fileURLToPath(new URL('.', url)).slice(0, -1) };",
    '};',
  ];
  return [...own, 'var __faas_bundle = __faas_url;', at.join(' ')].join('\n');
}

const USES_BANNER = /__faas_|require/;

/**
 * What stands at the top of a bundle when nothing in `code` uses the names of the banner: as many lines, for the source
 * map's sake. Asking Node for a `require` and for places that nobody needs takes half a millisecond of a cold start.
 */
export const neededBanner = (text: string, code: string): string =>
  USES_BANNER.test(code) ? text : text.replaceAll(/[^\n]+/g, '');

/** Gives each of `files` (absolute, inside `source`) the prelude with its own place. */
export function locateFiles(source: string, files: readonly string[]): Plugin {
  const located = new Set(files);
  return {
    name: 'source-location',
    setup(build) {
      const names = files.map((file) => file.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      build.onLoad({ filter: new RegExp(`^(?:${names.join('|')})$`) }, ({ path }) => {
        if (!located.has(path)) return undefined;
        return {
          contents: withPrelude(readFileSync(path, 'utf8'), relative(source, path)),
          loader: loaderOf(path),
        };
      });
    },
  };
}

/** The prelude shares a line with the first statement, so that line numbers stay. */
export function withPrelude(text: string, file: string): string {
  const at = beforeFirstStatement(text);
  return text.slice(0, at) + prelude(file) + text.slice(at);
}

function prelude(file: string): string {
  const path = JSON.stringify(file.split(sep).map(encodeURIComponent).join('/'));
  return `var { dirname: __faas_dirname, filename: __faas_filename, url: __faas_url } = __faas_at(${path});`;
}

/** After a hashbang, comments and directives such as 'use strict', which count only when they come first. */
function beforeFirstStatement(text: string): number {
  const skip = /(?:^#!.*|\s+|\/\/.*|\/\*[^]*?\*\/|(?:'use [a-z]+'|"use [a-z]+")[ \t]*(?:;|(?=\r?\n)))/y;
  let at = 0;
  for (skip.lastIndex = 0; skip.test(text); skip.lastIndex = at) at = skip.lastIndex;
  return at;
}

function loaderOf(path: string): Loader {
  const extension = extname(path);
  if (extension === '.tsx') return 'tsx';
  if (extension === '.jsx') return 'jsx';
  return extension.endsWith('ts') ? 'ts' : 'js';
}
