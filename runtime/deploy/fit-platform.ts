/** Packages for the driver's platform: what runs elsewhere is taken out, what then is missing is told. */
import { join } from 'node:path';
import { FaasError } from '../core/errors.ts';
import { isThirdParty, keysOf, packageNameOf, type PackageReader } from './package-json.ts';
import { platformName, platformOfFile, platformOfName, runsOn, supports, type Platform } from './platform.ts';
import type { CarryRequest, TracedPackage } from './trace.ts';

/**
 * Takes out what runs elsewhere only. What then lacks its native part is an error; a doubt worth a note where the
 * package can be done without, or may have another way.
 */
export function fitPlatform(traced: Map<string, TracedPackage>, request: CarryRequest): string[] {
  const { packages, target } = request;
  const notes: string[] = [];
  for (const [dir, { package: found }] of traced) if (!supports(found.json, target)) traced.delete(dir);
  const needed = neededNames(traced, request);
  for (const entry of traced.values()) {
    const { name } = entry.package;
    const foreign = dropForeignBinaries(entry, target) ?? foreignSibling(entry, packages, target);
    if (foreign === undefined) continue;
    if (foreign.installed !== undefined && needed.has(name))
      throw wrongPlatform(name, foreign.installed, target);
    notes.push(
      `${name} has no binary for ${platformName(target)} in node_modules: ${installFor(name, target)}`,
    );
  }
  return notes;
}

/** Imported by the bundle or a dependency of what is, unless it is an optional one: those are loaded in a try. */
function neededNames(
  traced: ReadonlyMap<string, TracedPackage>,
  { externals, installed, packages }: CarryRequest,
): Set<string> {
  const imported = externals.flatMap(({ specifier, importer }) => {
    const name = packageNameOf(specifier);
    const owner = isThirdParty(importer) ? packages.of(importer) : undefined;
    const optional = keysOf(owner?.json.optionalDependencies);
    return name === undefined || optional.includes(name) ? [] : [name];
  });
  const dependencies = [...traced.values()].flatMap((entry) => keysOf(entry.package.json.dependencies));
  return new Set([...imported, ...installed.map(({ name }) => name), ...dependencies]);
}

/** Set when a package's binaries do not run on the target; `installed` is the platform of those there are. */
interface Foreign {
  installed: string | undefined;
}

/** Of the packages named by platform, one for the target should be there. */
function foreignSibling(
  { package: { json, dir } }: TracedPackage,
  packages: PackageReader,
  target: Platform,
): Foreign | undefined {
  const optional = keysOf(json.optionalDependencies);
  const fitting = optional.filter((name) => runsOnTarget(name, target));
  const found = optional.filter((name) => packages.find(name, dir));
  // Some fall back to WebAssembly, e.g. @img/sharp-wasm32.
  const served = found.some((name) => fitting.includes(name) || name.includes('wasm'));
  if (fitting.length === 0 || served) return undefined;
  const other = found.map(platformOfName).find((made) => made !== undefined);
  return { installed: other && platformName(other) };
}

const runsOnTarget = (name: string, target: Platform): boolean => {
  const made = platformOfName(name);
  return made !== undefined && runsOn(made, target);
};

const BINARY = /\.(?:node|dylib|dll|exe)$|\.so(?:\.[\d.]+)?$/;

function dropForeignBinaries({ dir, files }: TracedPackage, target: Platform): Foreign | undefined {
  let foreign: string | undefined;
  let fits = false;
  for (const file of [...files].filter((path) => BINARY.test(path))) {
    const made = platformOfFile(join(dir, file));
    if (!made) continue;
    if (runsOn(made, target)) {
      fits = true;
    } else {
      files.delete(file);
      foreign ??= platformName(made);
    }
  }
  return fits || foreign === undefined ? undefined : { installed: foreign };
}

function wrongPlatform(name: string, got: string, target: Platform): FaasError {
  return new FaasError(
    'BuildFailed',
    `${name} is installed for ${got}, but functions run on ${platformName(target)}`,
    {
      expected: `native code for ${platformName(target)}`,
      got: `native code for ${got}`,
      remedy: `${installFor(name, target)}, or npm rebuild ${name} on such a machine`,
    },
  );
}

const installFor = (name: string, { os, arch }: Platform): string =>
  `npm install --os=${os} --cpu=${arch} ${name}`;
