/** What an artifact holds, and what it must not. */
import { extname, relative } from 'node:path';
import { FaasError } from '../core/errors.ts';
import type { ArtifactFile } from './artifact-store.ts';
import type { Bundle } from './bundle.ts';
import type { CarriedPackages } from './carry-packages.ts';
import { platformName, platformOfFile, runsOn, type Platform } from './platform.ts';
import type { Scan } from './scan.ts';

/** Lambda's limit for an unzipped deployment package. */
export const MOST_BYTES = 262_144_000;

const CODE = /^\.[cm]?[jt]sx?$/;
const TYPESCRIPT = /^\.(?:[cm]?ts|tsx)$/;

/** Code that is in the bundle is not carried again; data is, because a function may import it and also read it. */
export function assemble(scan: Scan, made: Bundle, carried: CarriedPackages): ArtifactFile[] {
  const bundled = new Set(made.inputs);
  const written = new Set(made.files.map(({ path }) => path));
  const own = scan.files.filter(({ path, from }) => {
    const extension = extname(path);
    const isCode = CODE.test(extension) && (bundled.has(from) || TYPESCRIPT.test(extension));
    return !isCode && !written.has(path);
  });
  return [...made.files, ...carried.files, ...own];
}

/** Addons of the function's own; those of packages are checked where they are carried. */
export function refuseForeignAddons(source: string, made: Bundle, target: Platform): void {
  for (const file of made.inputs.filter((input) => input.endsWith('.node'))) {
    const platform = platformOfFile(file);
    if (!platform || runsOn(platform, target)) continue;
    const [got, expected] = [platformName(platform), platformName(target)];
    throw new FaasError(
      'BuildFailed',
      `${relative(source, file)} is made for ${got}, but functions run on ${expected}`,
      {
        expected: `native code for ${expected}`,
        got: `native code for ${got}`,
        remedy: `build it on ${expected}, or choose another driver`,
      },
    );
  }
}

export function refuseOversize(name: string, files: ArtifactFile[]): void {
  const sizes = files.map((file) => ({
    path: file.path,
    bytes: 'content' in file ? file.content.byteLength : file.sizeBytes,
  }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= MOST_BYTES) return;
  const largest = sizes.toSorted((a, b) => b.bytes - a.bytes).slice(0, 5);
  throw new FaasError('BuildFailed', `function ${name} is too large to deploy`, {
    expected: `at most ${megabytes(MOST_BYTES)} unpacked (${MOST_BYTES} bytes, as on Lambda)`,
    got: `${megabytes(total)}; largest: ${largest.map(({ path, bytes }) => `${path} ${megabytes(bytes)}`).join(', ')}`,
    remedy: 'keep files out with .faasignore, or let the function fetch them from a bucket',
  });
}

export const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
