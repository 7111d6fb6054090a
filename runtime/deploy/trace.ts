/** From the imports a bundle leaves to Node: the packages they reach and the files of each that are needed. */
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ExternalImport } from './bundle.ts';
import { isThirdParty, keysOf, type Package, type PackageReader } from './package-json.ts';
import type { Node } from './place.ts';
import { platformOfName, supports, type Platform } from './platform.ts';
import { traceFiles } from './trace-files.ts';

export interface TracedPackage extends Node {
  package: Package;
  /** Below its folder. */
  files: Set<string>;
}

export interface CarryRequest {
  /** Real path of the function folder. */
  source: string;
  externals: readonly ExternalImport[];
  /** Packages that are carried with all their files and so is everything they depend on. */
  installed: readonly Package[];
  target: Platform;
  packages: PackageReader;
}

export interface TraceRequest extends CarryRequest {
  /** Packages that are carried with all their files. */
  whole: readonly Package[];
}

type Traced = Map<string, TracedPackage & { needs: Map<string, string> }>;

/**
 * nft follows `require`, `import` and the paths that code builds from its own place; what it cannot see is added:
 * the binaries for the driver's platform (nft looks at this machine's), and the folders of `whole`.
 */
export async function tracePackages(request: TraceRequest): Promise<Map<string, TracedPackage>> {
  const traced: Traced = new Map();
  for (const file of await traceFiles(request.source, request.externals)) {
    addFile(traced, request.packages, file);
  }
  for (const found of [...request.whole, ...withDependencies(request)]) await addWhole(traced, found);
  // The map grows while it is walked: the binary's package may need another, such as libvips.
  for (const { package: found } of traced.values()) {
    for (const binary of platformPackages(found, request)) await addWhole(traced, binary);
  }
  for (const entry of traced.values()) {
    await addPrebuilds(entry, request.target);
    connect(traced, entry, request.packages);
  }
  return traced;
}

function entryOf(traced: Traced, found: Package): TracedPackage {
  const known = traced.get(found.dir);
  if (known) return known;
  const fresh = {
    dir: found.dir,
    package: found,
    files: new Set(['package.json']),
    needs: new Map<string, string>(),
  };
  traced.set(found.dir, fresh);
  return fresh;
}

function addFile(traced: Traced, packages: PackageReader, file: string): void {
  const owner = packages.of(file);
  if (owner && (isThirdParty(file) || traced.has(owner.dir))) {
    entryOf(traced, owner).files.add(relative(owner.dir, file));
  }
}

/** Not needed to run: documents, types, maps, the sources of native code. */
const UNNEEDED =
  /\.(?:md|markdown|map|d\.[cm]?ts|tsbuildinfo|c|cc|cpp|h|hpp|gyp|gypi|o|a)$|(?:^|\/)\.[^/]+$/i;
const UNNEEDED_FOLDERS = new Set([
  'node_modules',
  '.git',
  '.github',
  'test',
  'tests',
  '__tests__',
  'docs',
  'obj.target',
  '.deps',
]);

async function addWhole(traced: Traced, found: Package): Promise<void> {
  const { files } = entryOf(traced, found);
  for (const path of await filesBelow(found.dir)) if (!UNNEEDED.test(path)) files.add(path);
}

async function filesBelow(dir: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(join(dir, prefix), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    if (entry.isFile()) found.push(prefix + entry.name);
    else if (entry.isDirectory() && !UNNEEDED_FOLDERS.has(entry.name)) {
      found.push(...(await filesBelow(dir, `${prefix}${entry.name}${sep}`)));
    }
  }
  return found;
}

/** Optional dependencies that carry the target's binaries, e.g. @img/sharp-linux-x64 and its libvips. */
function platformPackages({ json, dir }: Package, { packages, target }: TraceRequest): Package[] {
  return keysOf(json.optionalDependencies).flatMap((name) => {
    const found = packages.find(name, dir);
    const specific = found && (platformOfName(name) !== undefined || found.json.os !== undefined);
    return specific && supports(found.json, target) ? [found] : [];
  });
}

function withDependencies({ installed, packages }: TraceRequest): Set<Package> {
  const all = new Set(installed);
  // The set grows while it is walked.
  for (const { json, dir } of all) {
    for (const name of keysOf(json.dependencies)) {
      const found = packages.find(name, dir);
      if (found) all.add(found);
    }
  }
  return all;
}

/** `prebuilds/linux-x64/…`, the layout of prebuildify and node-gyp-build. */
async function addPrebuilds({ dir, files }: TracedPackage, target: Platform): Promise<void> {
  const folders = await readdir(join(dir, 'prebuilds')).catch(() => []);
  for (const folder of folders) {
    const made = platformOfName(folder);
    if (made && made.os === target.os && made.arch === target.arch) {
      for (const path of await filesBelow(dir, join('prebuilds', folder) + sep)) files.add(path);
    }
  }
}

/** Which copy of what this package imports: declared in its package.json, or merely found by it. */
function connect(
  traced: Traced,
  entry: TracedPackage & { needs: Map<string, string> },
  packages: PackageReader,
): void {
  const { json, dir, name } = entry.package;
  const declared = [json.dependencies, json.optionalDependencies, json.peerDependencies].flatMap(keysOf);
  const others = [...traced.values()].map((other) => other.package.name);
  for (const wanted of new Set([...declared, ...others])) {
    const found = wanted === name ? undefined : packages.find(wanted, dir);
    if (found && traced.has(found.dir)) entry.needs.set(wanted, found.dir);
  }
}
