/** package.json files and the packages around them, as Node's resolution sees them. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** Only the fields a build looks at; everything is optional and nothing is trusted to have its type. */
export interface PackageJson {
  name?: unknown;
  version?: unknown;
  type?: unknown;
  main?: unknown;
  module?: unknown;
  exports?: unknown;
  os?: unknown;
  cpu?: unknown;
  gypfile?: unknown;
  binary?: unknown;
  napi?: unknown;
  dependencies?: unknown;
  devDependencies?: unknown;
  optionalDependencies?: unknown;
  peerDependencies?: unknown;
  faas?: unknown;
}

export interface Package {
  /** Real path of its folder. */
  dir: string;
  /** The name it is imported by: its path under node_modules, else the name it gives itself. */
  name: string;
  json: PackageJson;
}

/** The parsed file; undefined where there is none or it is no JSON object (esbuild reports a broken one itself). */
export function readPackageJson(path: string): PackageJson | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

export function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

const NODE_MODULES = `${sep}node_modules${sep}`;

export const isThirdParty = (path: string): boolean => path.includes(NODE_MODULES);

/** `@scope/name/file` → `@scope/name`; undefined for what names no package (`./a`, `/a`, `node:fs`, `#internal`). */
export function packageNameOf(specifier: string): string | undefined {
  return /^(?:@[^/\\:]+\/)?[^@./\\:#][^/\\:]*(?=\/|$)/.exec(specifier)?.[0];
}

/** `dir` and the folders above it. */
export function ancestors(dir: string): string[] {
  return dir === dirname(dir) ? [dir] : [dir, ...ancestors(dirname(dir))];
}

/** Files and folders, there or not, of which one changes when a package manager has changed what `source` resolves. */
export const installRecords = (source: string): string[] =>
  ancestors(source).flatMap((dir) =>
    ['', '.package-lock.json', '.modules.yaml', '.yarn-integrity', '.yarn-state.yml'].map((name) =>
      join(dir, 'node_modules', name),
    ),
  );

/** Looks packages up and remembers them for one build. */
export class PackageReader {
  readonly #byDir = new Map<string, Package | undefined>();
  readonly #found = new Map<string, Package | undefined>();

  /** The package a file belongs to, or undefined. `file` is a real path. */
  of(file: string): Package | undefined {
    const at = file.lastIndexOf(NODE_MODULES);
    if (at === -1) return this.#nearestNamed(dirname(file));
    const name = packageNameOf(file.slice(at + NODE_MODULES.length).replaceAll(sep, '/'));
    if (name === undefined) return undefined;
    return this.#at(join(file.slice(0, at), 'node_modules', name), name);
  }

  /** The package that `name` means for code in `fromDir`, by the folders Node would look in. */
  find(name: string, fromDir: string): Package | undefined {
    const question = `${name}\0${fromDir}`;
    if (!this.#found.has(question)) this.#found.set(question, this.#look(name, fromDir));
    return this.#found.get(question);
  }

  #look(name: string, fromDir: string): Package | undefined {
    for (let dir = fromDir; ; dir = dirname(dir)) {
      const candidate = join(dir, 'node_modules', name);
      if (existsSync(join(candidate, 'package.json'))) return this.#at(realpathSync(candidate), name);
      if (dir === dirname(dir)) return undefined;
    }
  }

  #nearestNamed(start: string): Package | undefined {
    for (let dir = start; dir !== dirname(dir); dir = dirname(dir)) {
      const name = readPackageJson(join(dir, 'package.json'))?.name;
      if (typeof name === 'string') return this.#at(dir, name);
    }
    return undefined;
  }

  #at(dir: string, name: string): Package | undefined {
    if (!this.#byDir.has(dir)) {
      const json = readPackageJson(join(dir, 'package.json'));
      this.#byDir.set(dir, json && { dir, name, json });
    }
    return this.#byDir.get(dir);
  }
}
