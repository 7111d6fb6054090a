/** Walks a function folder: which files a revision carries as they are. */
import { constants, type Dirent } from 'node:fs';
import { access, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { FaasError } from '../core/errors.ts';
import { isCertificateOnly, loadIgnoreRules, type IgnoreRules } from './ignore.ts';

export interface CarriedFile {
  /** Below the artifact's root, with slashes. */
  path: string;
  /** Real path of what is copied. */
  from: string;
  sizeBytes: number;
  executable: boolean;
}

export interface Scan {
  files: CarriedFile[];
  /** Secret-like files and folders that stay at home. */
  keptOut: string[];
  /** Broken links, sockets and the like. */
  skipped: string[];
  /** Absolute paths of the folders read: a file that appears or vanishes changes one of them. */
  folders: string[];
}

interface Walk extends Scan {
  source: string;
  rules: IgnoreRules;
  /** Never entered, e.g. a data directory inside the function folder. */
  exclude: string;
}

/** @throws FaasError BuildFailed for a file that should be carried and cannot be read */
export async function scanFolder(source: string, exclude: string): Promise<Scan> {
  const rules = loadIgnoreRules(source);
  const walk: Walk = { source, rules, exclude, files: [], keptOut: [], skipped: [], folders: [] };
  await walkFolder(walk, '', source, []);
  const { files, keptOut, skipped, folders } = walk;
  return { files, keptOut, skipped, folders };
}

/**
 * @param dir real path
 * @param above real paths of the folders this one is in: a link back to one of them would never end
 */
async function walkFolder(walk: Walk, path: string, dir: string, above: string[]): Promise<void> {
  walk.folders.push(dir);
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: unknown) =>
    cannotRead(path === '' ? '.' : path, error),
  );
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    await visit(walk, path + entry.name, entry, [...above, dir]);
  }
}

async function visit(walk: Walk, path: string, entry: Dirent, above: string[]): Promise<void> {
  if (walk.rules.judge(path) === 'ignore' && !walk.rules.mayCarryBelow(`${path}/`)) return;
  const absolute = join(entry.parentPath, entry.name);
  const from = entry.isSymbolicLink() ? await realpath(absolute).catch(() => undefined) : absolute;
  const stats = from === undefined ? undefined : await stat(from).catch(() => undefined);
  if (from === undefined || stats === undefined) {
    walk.skipped.push(path);
  } else if (stats.isDirectory()) {
    await visitFolder(walk, path, from, above);
  } else if (stats.isFile()) {
    const executable = (stats.mode & 0o100) !== 0;
    await visitFile(walk, { path, from, sizeBytes: stats.size, executable });
  } else {
    walk.skipped.push(path);
  }
}

async function visitFolder(walk: Walk, path: string, from: string, above: string[]): Promise<void> {
  if (from === walk.exclude || above.includes(from)) return;
  const verdict = walk.rules.judge(`${path}/`);
  if (verdict === 'secret') walk.keptOut.push(`${path}/`);
  else if (verdict === 'carry' || walk.rules.mayCarryBelow(`${path}/`)) {
    await walkFolder(walk, `${path}/`, from, above);
  }
}

async function visitFile(walk: Walk, file: CarriedFile): Promise<void> {
  const { path } = file;
  const verdict = walk.rules.judge(path);
  if (verdict === 'ignore') return;
  // A link may have a harmless name and lead to a key.
  const secret = verdict === 'secret' || walk.rules.judge(linkTarget(walk.source, file.from)) === 'secret';
  if (secret && !(await isPublic(file))) {
    walk.keptOut.push(path);
    return;
  }
  await access(file.from, constants.R_OK).catch((error: unknown) => cannotRead(path, error));
  walk.files.push(file);
}

const linkTarget = (source: string, from: string): string =>
  (from.startsWith(source + sep) ? from.slice(source.length) : from).replaceAll(sep, '/').replace(/^\/+/, '');

async function isPublic({ from }: CarriedFile): Promise<boolean> {
  if (!from.endsWith('.pem')) return false;
  return isCertificateOnly(await readFile(from, 'utf8').catch(() => ''));
}

function cannotRead(path: string, cause: unknown): never {
  throw new FaasError('BuildFailed', `${path} cannot be read`, {
    expected: 'a file this user may read, or one that is ignored',
    got: cause instanceof Error ? cause.message : String(cause),
    remedy: `make it readable, or add a line with its path to .faasignore`,
    cause,
  });
}
