/** The packages that stay packages, as files of the artifact: traced, checked against the platform, laid out. */
import { statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { FaasError } from '../core/errors.ts';
import { topLevel } from './externals.ts';
import { installRecords, keysOf } from './package-json.ts';
import { placePackages } from './place.ts';
import { platformName, platformOfFile, platformOfName, runsOn, supports, type Platform } from './platform.ts';
import type { CarriedFile } from './scan.ts';
import { areUnchanged, stampAll, type Stamps } from './stamps.ts';
import { tracePackages, type TracedPackage, type TraceRequest } from './trace.ts';

export interface CarriedPackages {
  files: CarriedFile[];
  names: string[];
  notes: string[];
}

export type CarryRequest = Omit<TraceRequest, 'whole'>;

/**
 * Tracing takes longer than all the rest of a build, and between two saves of a function its packages are the same:
 * the last answer for each folder is kept while its files are unchanged.
 *
 * @returns a function that throws FaasError BuildFailed when a package is installed for another platform only
 */
export function createPackageCarrier(): (request: CarryRequest) => Promise<CarriedPackages> {
  const last = new Map<string, { question: string; stamps: Stamps['stamps']; answer: CarriedPackages }>();
  return async (request) => {
    const { source, externals, installed, target } = request;
    if (externals.length + installed.length === 0) return { files: [], names: [], notes: [] };
    const imports = externals.map(({ specifier, kind, importer }) => [specifier, kind, dirname(importer)]);
    const question = JSON.stringify([imports, installed.map(({ dir }) => dir), target]);
    const known = last.get(source);
    if (known?.question === question && areUnchanged(known.stamps)) return known.answer;
    const since = Date.now();
    const answer = await carryPackages(request);
    const paths = [...answer.files.map(({ from }) => from), ...installRecords(source)];
    const { stamps, settled } = stampAll(paths, since);
    if (settled) last.set(source, { question, stamps, answer });
    return answer;
  };
}

async function carryPackages(request: CarryRequest): Promise<CarriedPackages> {
  const { source, externals, installed, target, packages } = request;
  const top = topLevel(source, externals, packages);
  for (const found of installed) if (!top.has(found.name)) top.set(found.name, found);
  const traced = await tracePackages({ ...request, whole: [...top.values()] });
  const notes = fitPlatform(traced, request, target);
  const roots = new Map([...top].map(([name, { dir }]) => [name, dir]));
  const files = placePackages(roots, traced).flatMap(({ dir, path }) => filesOf(traced.get(dir), path));
  const names = [...traced.values()].map((entry) => entry.package.name);
  return { files, names: [...new Set(names)].toSorted(), notes };
}

function filesOf(entry: TracedPackage | undefined, path: string): CarriedFile[] {
  return [...(entry?.files ?? [])].flatMap((file) => {
    const from = join(entry?.dir ?? '', file);
    const stats = statSync(from, { throwIfNoEntry: false });
    if (!stats?.isFile()) return [];
    const executable = (stats.mode & 0o100) !== 0;
    return { path: `${path}/${file.replaceAll(sep, '/')}`, from, sizeBytes: stats.size, executable };
  });
}

/** Takes out what runs elsewhere only; what then lacks its native part is an error, or a doubt worth a note. */
function fitPlatform(
  traced: Map<string, TracedPackage>,
  { packages }: Pick<TraceRequest, 'packages'>,
  target: Platform,
): string[] {
  const notes: string[] = [];
  for (const [dir, entry] of traced) {
    const { name, json } = entry.package;
    if (!supports(json, target)) {
      traced.delete(dir);
      continue;
    }
    const foreign = dropForeignBinaries(entry, target);
    if (foreign !== undefined) throw wrongPlatform(name, foreign, target);
    const siblings = keysOf(json.optionalDependencies).filter(
      (sibling) => platformOfName(sibling) !== undefined,
    );
    const fitting = siblings.filter((sibling) => runsOnTarget(sibling, target));
    const found = siblings.filter((sibling) => packages.find(sibling, dir));
    if (
      fitting.length === 0 ||
      fitting.some((sibling) => found.includes(sibling)) ||
      hasWasm(entry, packages)
    )
      continue;
    const other = found.map(platformOfName).find((made) => made !== undefined);
    if (other) throw wrongPlatform(name, platformName(other), target);
    notes.push(
      `${name} has no binary for ${platformName(target)} in node_modules: ${installFor(name, target)}`,
    );
  }
  return notes;
}

const runsOnTarget = (name: string, target: Platform): boolean => {
  const made = platformOfName(name);
  return made !== undefined && runsOn(made, target);
};

/** Some packages fall back to WebAssembly, e.g. @img/sharp-wasm32. */
const hasWasm = ({ package: { json, dir } }: TracedPackage, packages: TraceRequest['packages']): boolean =>
  keysOf(json.optionalDependencies).some((name) => /wasm/.test(name) && packages.find(name, dir));

const BINARY = /\.(?:node|dylib|dll|exe)$|\.so(?:\.[\d.]+)?$/;

/** @returns the platform of the binaries when none of them runs on the target */
function dropForeignBinaries({ dir, files }: TracedPackage, target: Platform): string | undefined {
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
  return fits ? undefined : foreign;
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
