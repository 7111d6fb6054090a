/** Where a function begins: the file and the export, by the `handler` setting or by the usual names. */
import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { FaasError } from '../core/errors.ts';
import { readPackageJson, type PackageJson } from './package-json.ts';

/** TypeScript first: where both stand side by side, the JavaScript was compiled from it. */
const EXTENSIONS = ['.ts', '.mts', '.cts', '.tsx', '.mjs', '.js', '.cjs', '.jsx'];
const NAMES = ['index', 'handler', 'main', 'app', 'function', 'lambda'];
const FOLDERS = ['', 'src/'];

export interface Entry {
  /** Relative to the function folder, with forward slashes: `src/app.ts`. */
  file: string;
  /** The export that `handler` names (`handler`, `nested.handler`); undefined: found by the usual names. */
  exportName: string | undefined;
}

/**
 * `src/app.handler` → file stem `src/app`, export `handler`. As on Lambda the first dot after the last slash ends
 * the file's name, and the rest may be a path of properties.
 */
export function parseHandler(handler: string): { stem: string; exportName: string } | undefined {
  const slash = handler.lastIndexOf('/');
  const dot = handler.indexOf('.', slash + 2);
  if (dot === -1 || dot === handler.length - 1) return undefined;
  const stem = posix.normalize(handler.slice(0, dot));
  if (stem.startsWith('../') || posix.isAbsolute(stem)) return undefined;
  return { stem, exportName: handler.slice(dot + 1) };
}

/** @throws FaasError EntryNotFound, with what was looked for. */
export function findEntry(source: string, handler: string | undefined): Entry {
  return handler === undefined ? usualEntry(source) : namedEntry(source, handler);
}

function namedEntry(source: string, handler: string): Entry {
  // `handler: 'src/app.ts'` is no Lambda notation, but there is only one thing it can mean.
  if (EXTENSIONS.includes(posix.extname(handler)) && isFileInside(source, handler)) {
    return { file: posix.normalize(handler), exportName: undefined };
  }
  const parsed = parseHandler(handler);
  if (!parsed) {
    throw new FaasError('EntryNotFound', `handler ${JSON.stringify(handler)} names no file and export`, {
      expected: 'file.export inside the function folder, e.g. index.handler or src/app.handler',
      got: handler,
      remedy: 'write the path of the file without its extension, a dot, and the name of the export',
    });
  }
  const candidates = EXTENSIONS.map((extension) => parsed.stem + extension);
  const file = candidates.find((candidate) => isFileInside(source, candidate));
  if (file !== undefined) return { file, exportName: parsed.exportName };
  throw notFound(source, `handler ${JSON.stringify(handler)} names a file that does not exist`, candidates);
}

function usualEntry(source: string): Entry {
  const declared = declaredEntries(readPackageJson(join(source, 'package.json')));
  const usual = FOLDERS.flatMap((folder) =>
    NAMES.flatMap((name) => EXTENSIONS.map((extension) => folder + name + extension)),
  );
  const file = [...declared, ...usual].find((candidate) => isFileInside(source, candidate));
  if (file !== undefined) return { file, exportName: undefined };
  const names = FOLDERS.flatMap((folder) => NAMES.map((name) => folder + name));
  const shown = [...declared, ...names.map((name) => `${name}{${EXTENSIONS.join(',')}}`)];
  throw notFound(source, 'no entry file was found', shown);
}

/** What package.json names, each preceded by the TypeScript file it may have been compiled from. */
function declaredEntries(json: PackageJson | undefined): string[] {
  const targets = [exportsTarget(json?.exports), json?.main, json?.module];
  return targets
    .filter((target): target is string => typeof target === 'string' && target !== '')
    .map((target) => posix.normalize(target))
    .filter((target) => !target.startsWith('../') && !posix.isAbsolute(target))
    .flatMap((target) => {
      const extension = posix.extname(target);
      const stem = EXTENSIONS.includes(extension) ? target.slice(0, -extension.length) : target;
      const siblings = ['.ts', '.mts', '.cts', '.tsx'].map((typescript) => stem + typescript);
      return extension === '' ? EXTENSIONS.map((known) => stem + known) : [...siblings, target];
    });
}

/** The `.` of an exports map, by the conditions Node would try. */
function exportsTarget(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const conditions = exports as Record<string, unknown>; // a JSON object
  for (const key of ['.', 'node', 'import', 'require', 'default']) {
    const target = exportsTarget(conditions[key]);
    if (target !== undefined) return target;
  }
  return undefined;
}

/**
 * The export that is the handler: what `handler` says, else `handler` (Lambda), else the default export (Web).
 * The empty string leaves it to the sandbox: CommonJS tells its exports only when it runs.
 *
 * @throws FaasError EntryNotFound when the module's exports are known and hold nothing to call
 */
export function chooseExport(entry: Entry, exports: readonly string[] | undefined): string {
  if (exports === undefined) return entry.exportName ?? '';
  const wanted =
    entry.exportName?.split('.')[0] ?? ['handler', 'default'].find((name) => exports.includes(name));
  if (wanted !== undefined && exports.includes(wanted)) return entry.exportName ?? wanted;
  throw new FaasError('EntryNotFound', `${entry.file} does not export ${entry.exportName ?? 'a handler'}`, {
    expected: entry.exportName ?? '`export const handler = …`, or `export default { fetch(request) { … } }`',
    got: exports.length === 0 ? 'no exports' : `exports ${exports.join(', ')}`,
    remedy: 'export it under that name, or set handler to file.export',
  });
}

function isFileInside(source: string, file: string): boolean {
  const path = join(source, file);
  return existsSync(path) && statSync(path).isFile();
}

function notFound(source: string, problem: string, lookedFor: string[]): FaasError {
  return new FaasError('EntryNotFound', `${problem} in ${source}`, {
    expected: `one of ${lookedFor.join(', ')}`,
    got: 'none of them',
    remedy: 'name the file and its export with the handler setting, e.g. src/app.handler',
  });
}
