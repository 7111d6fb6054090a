/** The packages that stay packages, as files of the artifact: traced, checked against the platform, laid out. */
import { statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { topLevel } from './externals.ts';
import { fitPlatform } from './fit-platform.ts';
import { installRecords } from './package-json.ts';
import { placePackages } from './place.ts';
import type { CarriedFile } from './scan.ts';
import { areUnchanged, stampAll, type Stamps } from './stamps.ts';
import { tracePackages, type CarryRequest, type TracedPackage } from './trace.ts';

export interface CarriedPackages {
  files: CarriedFile[];
  notes: string[];
}

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
    if (externals.length + installed.length === 0) return { files: [], notes: [] };
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
  const { source, externals, installed, packages } = request;
  const top = topLevel(source, externals, packages);
  for (const found of installed) if (!top.has(found.name)) top.set(found.name, found);
  const traced = await tracePackages({ ...request, whole: [...top.values()] });
  const notes = fitPlatform(traced, request);
  const roots = new Map([...top].map(([name, { dir }]) => [name, dir]));
  const files = placePackages(roots, traced).flatMap(({ dir, path }) => filesOf(traced.get(dir), path));
  return { files, notes };
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
