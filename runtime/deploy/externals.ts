/** Which packages of a bundle must stay packages, because bundling would break them. */
import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Bundle, ExternalImport } from './bundle.ts';
import {
  ancestors,
  isThirdParty,
  keysOf,
  packageNameOf,
  readPackageJson,
  type Package,
  type PackageJson,
  type PackageReader,
} from './package-json.ts';
import { platformOfName } from './platform.ts';

/** Having one of these as a dependency means: finds or builds a native module. */
const NATIVE_HELPERS = new Set([
  'bindings',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  '@mapbox/node-pre-gyp',
  'node-pre-gyp',
  'prebuild-install',
  'pkg-prebuilds',
  'node-addon-api',
  'nan',
  'napi-build-utils',
  '@node-rs/helper',
  '@neon-rs/load',
]);

export interface Adjustment {
  /** Names of packages to keep out of the bundle. */
  external: string[];
  /** Own files that ask where they are. */
  located: string[];
}

/** What the next run of the bundler has to treat otherwise, judged by what this run took in. */
export function adjust(source: string, made: Bundle, packages: PackageReader): Adjustment {
  const external = new Set<string>();
  for (const file of made.inputs.filter(isThirdParty)) {
    const owner = packages.of(file);
    if (owner && !external.has(owner.name) && mustStay(owner, file, made.asking)) external.add(owner.name);
  }
  for (const { name } of conflicting(source, made.externals, packages)) external.add(name);
  const located = [...made.asking].filter((file) => !isThirdParty(file) && file.startsWith(source + sep));
  return { external: [...external], located };
}

function mustStay(owner: Package, file: string, asking: ReadonlySet<string>): boolean {
  // What asks where it is looks for files beside its own: workers, data, WebAssembly.
  return (
    asking.has(file) ||
    file.endsWith('.node') ||
    isNative(owner.json) ||
    existsSync(join(owner.dir, 'binding.gyp'))
  );
}

export function isNative(json: PackageJson): boolean {
  if (json.gypfile === true || typeof json.binary === 'object' || typeof json.napi === 'object') return true;
  if (keysOf(json.dependencies).some((name) => NATIVE_HELPERS.has(name))) return true;
  return keysOf(json.optionalDependencies).some((name) => platformOfName(name) !== undefined);
}

/**
 * A bundled package whose import would find another copy at run time, from the bundle's place, than from its own:
 * it must stay a package too. The function's own imports decide which copy stands at the top.
 */
function conflicting(
  source: string,
  externals: readonly ExternalImport[],
  packages: PackageReader,
): Package[] {
  const top = topLevel(source, externals, packages);
  return externals.flatMap(({ specifier, importer }) => {
    const name = packageNameOf(specifier);
    const owner = isThirdParty(importer) ? packages.of(importer) : undefined;
    if (name === undefined || owner === undefined) return [];
    const meant = packages.find(name, owner.dir);
    return meant && meant.dir !== top.get(name)?.dir ? [owner] : [];
  });
}

/** The copy of each external package that the bundle's own resolution shall find. */
export function topLevel(
  source: string,
  externals: readonly ExternalImport[],
  packages: PackageReader,
): Map<string, Package> {
  const top = new Map<string, Package>();
  const ownFirst = externals.toSorted(
    (a, b) => Number(isThirdParty(a.importer)) - Number(isThirdParty(b.importer)),
  );
  for (const { specifier, importer } of ownFirst) {
    const name = packageNameOf(specifier);
    if (name === undefined || top.has(name)) continue;
    const found = packages.find(name, source) ?? packages.find(name, importer);
    if (found) top.set(name, found);
  }
  return top;
}

/** A guess that saves a run: native packages that the nearest package.json names; the runs themselves find the rest. */
export function declaredNatives(source: string, packages: PackageReader): string[] {
  const nearest = ancestors(source)
    .map((dir) => readPackageJson(join(dir, 'package.json')))
    .find((json) => json);
  const declared = [nearest?.dependencies, nearest?.optionalDependencies, nearest?.devDependencies].flatMap(
    keysOf,
  );
  return declared.filter((name) => isNative(packages.find(name, source)?.json ?? {}));
}

/** `"faas": { "external": ["name"] }` in the function's package.json: packages the user wants kept whole. */
export function configuredExternals(json: PackageJson | undefined): string[] {
  const faas = json?.faas;
  if (typeof faas !== 'object' || faas === null || !('external' in faas) || !Array.isArray(faas.external)) {
    return [];
  }
  return faas.external.filter((name): name is string => typeof name === 'string');
}

/** `require(name)` and `import(name)` that esbuild could not follow. */
export const hasDynamicImport = (code: string): boolean =>
  /(?<![\w$.])(?:__require\d*|require|import)\((?!\s*["'`)])/.test(code);
