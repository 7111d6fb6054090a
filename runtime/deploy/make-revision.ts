/** From a folder to a stored artifact, from scratch. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionSettings, Revision } from '../core/types.ts';
import { assemble, megabytes, MOST_BYTES, refuseForeignAddons, refuseOversize } from './artifact-files.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { oneLine } from './build-error.ts';
import type { Bundle } from './bundle.ts';
import type { CarriedPackages } from './carry-packages.ts';
import { dependenciesOf } from './dependencies.ts';
import { chooseExport, findEntry } from './entry.ts';
import type { RunEsbuild } from './esbuild-service.ts';
import { hasDynamicImport } from './externals.ts';
import { withInlineMaps } from './inline-maps.ts';
import { isThirdParty, keysOf, PackageReader, readPackageJson, type Package } from './package-json.ts';
import type { Platform } from './platform.ts';
import { scanFolder, type Scan } from './scan.ts';
import type { CarryRequest } from './trace.ts';
import { tsconfigChain, wantsDecoratorMetadata } from './tsconfig.ts';
import { bundleWithWorkers } from './workers.ts';

export interface MakeRequest {
  settings: FunctionSettings;
  /** Real path of the function folder. */
  source: string;
  dataDir: string;
  target: Platform;
  store: ArtifactStore;
  /** Of the deployer, which keeps it. */
  carryPackages: (request: CarryRequest) => Promise<CarriedPackages>;
  run: RunEsbuild;
  /** A debugger is going to be attached. */
  debug: boolean;
}

export interface Made {
  revision: Revision;
  notes: string[];
  reused: boolean;
  /** Absolute paths of files and folders: while none of them changes, the result stays the same. */
  dependsOn: string[];
}

/** Starts of a function that is larger are felt. */
const NOTABLE_BYTES = 50 * 1024 * 1024;

/** @throws FaasError EntryNotFound, BuildFailed, StoreFailed */
export async function makeRevision(request: MakeRequest): Promise<Made> {
  const { settings, source, dataDir, target, store } = request;
  const packages = new PackageReader();
  const scan = await scanFolder(source, dataDir);
  const entry = findEntry(source, settings.handler);
  const bundled = await bundleWithWorkers({
    functionName: settings.name,
    source,
    entryFile: entry.file,
    packages,
    run: request.run,
  });
  const made = request.debug ? withInlineMaps(source, bundled) : bundled;
  const exportName = chooseExport(entry, made.exports);
  const installed = reachedByNameOnly(source, made, packages);
  const carried = await request.carryPackages({
    source,
    externals: made.externals,
    installed,
    target,
    packages,
  });
  refuseForeignAddons(source, made, target);
  const files = assemble(scan, made, carried);
  refuseOversize(settings.name, files);
  const stored = await store.put(files, [made.entry, exportName]);

  const dependsOn = dependenciesOf(source, scan, made, carried, packages);
  const inputs = dependsOn.files.filter((file) => !isThirdParty(file) && existsSync(file));
  const { id, dir, sizeBytes, reused } = stored;
  return {
    revision: {
      id,
      functionName: settings.name,
      artifactDir: dir,
      entry: made.entry,
      exportName,
      sizeBytes,
      inputs,
    },
    notes: [...notesOf(source, scan, made, sizeBytes), ...carried.notes],
    reused,
    dependsOn: [...dependsOn.files, ...dependsOn.folders],
  };
}

/**
 * A package that is looked up by a computed name (a view engine, a database driver, a log transport) is seen by no
 * one. What package.json declares and nothing imports is then carried as it is.
 */
function reachedByNameOnly(source: string, made: Bundle, packages: PackageReader): Package[] {
  if (!hasDynamicImport(made.code)) return [];
  const bundled = new Set(made.inputs.filter(isThirdParty).map((file) => packages.of(file)?.dir));
  return keysOf(readPackageJson(join(source, 'package.json'))?.dependencies).flatMap((name) => {
    const found = packages.find(name, source);
    return found && !bundled.has(found.dir) ? [found] : [];
  });
}

function notesOf(source: string, scan: Scan, made: Bundle, sizeBytes: number): string[] {
  const notes: string[] = [];
  const example = scan.keptOut[0];
  if (example !== undefined) {
    notes.push(
      `kept out because they look secret: ${scan.keptOut.join(', ')} (!${example} in .faasignore brings one back)`,
    );
  }
  if (scan.skipped.length > 0) notes.push(`left out, not readable as files: ${scan.skipped.join(', ')}`);
  for (const warning of made.warnings) {
    if (!isThirdParty(join(source, warning.location?.file ?? ''))) notes.push(`warning: ${oneLine(warning)}`);
  }
  if (wantsDecoratorMetadata(tsconfigChain(source))) {
    notes.push('tsconfig.json asks for emitDecoratorMetadata, which esbuild does not emit');
  }
  if (sizeBytes > NOTABLE_BYTES) {
    notes.push(`the artifact is large: ${megabytes(sizeBytes)} (limit ${megabytes(MOST_BYTES)})`);
  }
  return notes;
}
