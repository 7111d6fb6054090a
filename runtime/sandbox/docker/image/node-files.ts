/**
 * What a Node image needs from this machine: the Node binary, a shell, and glibc.
 *
 * The whole glibc family goes along, not only what `ldd` lists: native modules (sharp among them) open libresolv,
 * librt, libnss_* and their like at run time.
 */
import { execFile } from 'node:child_process';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A regular file of the image, its content taken from this machine. */
export interface ImageFile {
  /** Absolute path in the image. */
  path: string;
  /** Absolute path on this machine, symbolic links resolved. */
  source: string;
  executable: boolean;
}

/** Where the image keeps Node, whatever its path is here. */
export const NODE_PATH = '/usr/local/bin/node';

const GLIBC_FAMILY =
  /^(?:ld-linux.*|lib(?:c|m|mvec|dl|rt|util|pthread|resolv|anl|nsl|BrokenLocale|nss_(?:dns|files|compat|hesiod)))\.so\.\d+$/;
/** Beside glibc because C++ addons link them even where Node itself does not. */
const CXX_RUNTIME = /^lib(?:stdc\+\+|gcc_s|atomic|gomp)\.so\.\d+$/;

/** Child processes want `sh` (exec, npm scripts) and `env` (shebang lines). */
const TOOLS = ['/bin/sh', '/usr/bin/env'];
const OPTIONAL_DATA = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'];

/** True where this machine's own Node can be made into an image: Linux with glibc. */
export function canAssembleImage(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report.getReport();
  const header: unknown = Reflect.get(report, 'header');
  return typeof header === 'object' && header !== null && Reflect.has(header, 'glibcVersionRuntime');
}

/** Every file of the image, sorted by path. */
export async function collectImageFiles(nodePath: string): Promise<ImageFile[]> {
  const files = new Map<string, ImageFile>();
  const add = async (path: string, origin: string, executable: boolean): Promise<void> => {
    const source = await realpath(origin).catch(() => undefined);
    if (source !== undefined) files.set(path, { path, source, executable });
  };
  await add(NODE_PATH, nodePath, true);
  for (const tool of TOOLS) await add(tool, tool, true);
  for (const data of OPTIONAL_DATA) await add(data, data, false);

  const libraries = new Set<string>();
  for (const binary of [nodePath, ...TOOLS]) {
    for (const library of await sharedLibraries(binary)) libraries.add(library);
  }
  for (const library of await familyOf(libraries)) libraries.add(library);
  for (const library of libraries) await add(library, library, true);
  return [...files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Absolute paths of what the dynamic loader would map for `binary`; none for a static or absent one. */
async function sharedLibraries(binary: string): Promise<string[]> {
  const output = await run('ldd', [binary], { env: { LC_ALL: 'C', PATH: process.env['PATH'] } }).then(
    ({ stdout }) => stdout,
    () => '',
  );
  // `	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)` and `	/lib64/ld-linux-x86-64.so.2 (0x…)`
  return [...output.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].map((match) => match[1] ?? '');
}

/** The rest of glibc and the C++ runtime, from the folders where the loader found its parts. */
async function familyOf(libraries: ReadonlySet<string>): Promise<string[]> {
  const folders = new Set(
    [...libraries].filter((path) => /\/lib(?:c|stdc\+\+)\.so\.6$/.test(path)).map(dirname),
  );
  const found: string[] = [];
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      if (GLIBC_FAMILY.test(name) || CXX_RUNTIME.test(name)) found.push(join(folder, name));
    }
  }
  return found;
}

/** What says that a file is still the one that was hashed. */
export async function fingerprint(source: string): Promise<{ size: number; mtimeMs: number } | undefined> {
  const stats = await stat(source).catch(() => undefined);
  return stats && { size: stats.size, mtimeMs: stats.mtimeMs };
}
