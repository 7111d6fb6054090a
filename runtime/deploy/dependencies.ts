/** What a build depends on: while none of it changes, building again gives the same result, or the same error. */
import { dirname, join, resolve } from 'node:path';
import { unresolvedSpecifier } from './build-error.ts';
import type { Bundle } from './bundle.ts';
import type { CarriedPackages } from './carry-packages.ts';
import { isBuildFailure } from './esbuild-service.ts';
import { IGNORE_FILES } from './ignore.ts';
import { ancestors, installRecords, isThirdParty, type PackageReader } from './package-json.ts';
import type { Scan } from './scan.ts';
import type { Stamps } from './stamps.ts';
import { tsconfigChain } from './tsconfig.ts';

/** Of a function's latest build, also of one that failed. */
export interface Dependencies {
  /** The function folder. */
  source: string;
  /** Absolute paths of files and folders, there or not, each with what told its state. */
  stamps: Stamps['stamps'];
  /** False when a change may have left no trace in the stamps: they were taken too soon after the last one. */
  settled: boolean;
}

interface Paths {
  files: string[];
  folders: string[];
}

/** Existing or not: a file that appears may change what an import means. */
export function dependenciesOf(
  source: string,
  scan: Scan,
  made: Bundle,
  carried: CarriedPackages,
  packages: PackageReader,
): Paths {
  const files = new Set([
    ...scannedFiles(source, scan),
    ...made.inputs,
    ...carried.files.map(({ from }) => from),
    ...made.inputs.filter(isThirdParty).map((file) => join(packages.of(file)?.dir ?? source, 'package.json')),
    ...settingFiles(source),
  ]);
  const folders = new Set([
    ...scan.folders,
    ...made.inputs.filter((file) => !isThirdParty(file)).map((file) => dirname(file)),
    ...installRecords(source),
  ]);
  return { files: [...files], folders: [...folders] };
}

/**
 * After a failure nobody knows what the bundler has read: the folder, what it read the last time, and the places
 * that the errors speak of, are what a fix can begin with.
 */
export function dependenciesOfFailure(
  source: string,
  scan: Scan | undefined,
  before: readonly string[],
  error: unknown,
): string[] {
  return [
    ...new Set([
      source,
      ...before,
      ...(scan ? [...scannedFiles(source, scan), ...scan.folders] : []),
      ...settingFiles(source),
      ...installRecords(source),
      ...placesOf(source, error),
    ]),
  ];
}

const scannedFiles = (source: string, scan: Scan): string[] => [
  ...scan.files.map(({ from }) => from),
  ...[...scan.keptOut, ...scan.skipped].map((path) => join(source, path)),
];

const settingFiles = (source: string): string[] => [
  ...IGNORE_FILES.map((name) => join(source, name)),
  ...ancestors(source).flatMap((dir) => [join(dir, 'package.json'), join(dir, 'tsconfig.json')]),
  ...tsconfigChain(source),
];

/** The files with errors, and the folders where a missing one is likely to appear. */
function placesOf(source: string, error: unknown): string[] {
  const failure = error instanceof Error ? error.cause : undefined;
  if (!isBuildFailure(failure)) return [];
  return failure.errors.flatMap((message) => {
    if (!message.location) return [];
    const file = resolve(source, message.location.file);
    const missing = unresolvedSpecifier(message);
    return missing?.startsWith('.')
      ? [file, dirname(file), dirname(resolve(dirname(file), missing))]
      : [file];
  });
}
