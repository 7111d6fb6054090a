/** Runs a user's configuration file and hands out what it exports. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire, registerHooks } from 'node:module';
import { basename, extname, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FaasError } from '../core/errors.ts';
import { duplicateKeys } from './duplicate-keys.ts';
import { notReadable } from './read-error.ts';

/** What configuration files import `defineConfig` from; the name in package.json. */
const PACKAGE_NAME = 'faas';
const DEFINE_MODULE = new URL(`../config/define${extname(import.meta.url)}`, import.meta.url).href;
const require = createRequire(import.meta.url);

export interface ConfigFile {
  /** The default export, unchecked. */
  value: unknown;
  /** Every file that was read, the configuration file first; node_modules left out. */
  files: string[];
}

/**
 * Reads the file afresh each time, and what it imports with it, so that a change is seen without a restart.
 *
 * @throws FaasError ConfigInvalid, naming file and line, when it cannot be read or run
 */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw notReadable(file, error);
  });
  const [duplicate] = duplicateKeys(text);
  if (duplicate) throw duplicateKey(file, duplicate);
  if (extname(file) === '.json') return { value: parseJson(file, text), files: [file] };
  const { exports, files } = await loadAfresh(file, text).catch((error: unknown) => {
    throw notReadable(file, error);
  });
  if (!('default' in exports)) throw noDefaultExport(file, Object.keys(exports));
  return { value: exports.default, files };
}

/** Only what CommonJS writes; a mistake here is no harm, as each way loads both kinds. */
const isCommonJs = (file: string, text: string): boolean =>
  extname(file) === '.cjs' || (/\.[jt]s$/.test(file) && /\bmodule\.exports\b/.test(text));

let generation = 0;
/** CommonJS files of earlier readings. */
const required = new Set<string>();

async function loadAfresh(file: string, text: string): Promise<{ exports: object; files: string[] }> {
  // ES modules are cached by URL: a query of its own makes each reading another module.
  const query = `?faas-config=${++generation}`;
  const files = new Set<string>([file]);
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      // The package need not be installed beside the configuration, and must load fast: only `defineConfig` is there.
      if (specifier === PACKAGE_NAME) return { url: DEFINE_MODULE, shortCircuit: true };
      const found = next(specifier, context);
      if (!found.url.startsWith('file:') || found.url.includes('/node_modules/')) return found;
      const path = fileURLToPath(found.url);
      files.add(path);
      if (context.conditions.includes('require')) {
        required.add(path);
        return found;
      }
      const format = found.format ?? formatOf(path);
      return { ...found, ...(format && { format }), url: found.url.split('?')[0] + query };
    },
  });
  try {
    const exports = isCommonJs(file, text) ? requireAfresh(file) : await importObject(file);
    return { exports, files: [...files] };
  } finally {
    hooks.deregister();
  }
}

const importObject = (file: string): Promise<object> => import(pathToFileURL(file).href);

/** CommonJS is cached by file name; importing it once more after that was cleared gives half a module (Node 24). */
function requireAfresh(file: string): object {
  for (const path of required) delete require.cache[path];
  const exports: unknown = require(file);
  const isTranspiled = typeof exports === 'object' && exports !== null && 'default' in exports;
  return isTranspiled ? exports : { default: exports };
}

/**
 * Node tries CommonJS first where package.json names no type, and warns when that fails. Where the text leaves no
 * doubt, saying so keeps the user's terminal quiet.
 */
function formatOf(path: string): string | undefined {
  const typescript = extname(path) === '.ts';
  if (!typescript && extname(path) !== '.js') return undefined;
  const text = readFileSync(path, 'utf8');
  if (!/^(?:import|export)\b/m.test(text) || /\bmodule\.exports\b|\brequire\(/.test(text)) return undefined;
  return typescript ? 'module-typescript' : 'module';
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notReadable(file, error, text);
  }
}

function noDefaultExport(file: string, named: string[]): FaasError {
  return new FaasError('ConfigInvalid', `${basename(file)} exports no configuration`, {
    expected: 'a default export: export default defineConfig({ … })',
    got: named.length > 0 ? `only ${named.join(', ')}` : 'no export',
    remedy: `add the default export to ${relative(process.cwd(), file) || file}`,
  });
}

function duplicateKey(
  file: string,
  { key, line, firstLine }: { key: string; line: number; firstLine: number },
): FaasError {
  return new FaasError('ConfigInvalid', `'${key}' is there twice in ${file}:${line}`, {
    expected: 'each key once in an object, hence one function of a name',
    got: `'${key}' on line ${firstLine} and again on line ${line}; only the last would count`,
    remedy: 'rename or remove one of them',
  });
}
