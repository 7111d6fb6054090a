/** Puts a revision's files where the sandbox reads them. */
import { constants } from 'node:fs';
import type { Dirent } from 'node:fs';
import { chmod, copyFile, link, mkdir, readdir, readlink, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pack } from 'tar-stream';
import { addFile, addFolder, addSymlink, tarStream } from './tar.ts';

const READABLE_BY_ALL = 0o444;
const EXECUTABLE = 0o111;

/**
 * Hard-links the files below `from` into `to`, an empty folder: as quick as a rename, and whatever becomes of the
 * artifact later, the running sandbox keeps its files. Copies where linking is not possible.
 */
export async function linkTree(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true });
  await Promise.all(entries.map((entry) => linkEntry(entry, join(from, entry.name), join(to, entry.name))));
}

async function linkEntry(entry: Dirent, from: string, to: string): Promise<void> {
  if (entry.isDirectory()) {
    await mkdir(to);
    await chmod(to, 0o755); // whatever the umask made of it
    return linkTree(from, to);
  }
  if (entry.isSymbolicLink()) return symlink(await readlink(from), to);
  if (!entry.isFile()) return; // sockets and devices are nobody's code
  const { mode } = await stat(from);
  // The user inside is not the owner: what only the owner may read is copied, so that the artifact keeps its mode.
  if ((mode & READABLE_BY_ALL) !== READABLE_BY_ALL) return copy(from, to, mode);
  await link(from, to).catch(() => copy(from, to, mode)); // another file system, too many links, protected_hardlinks
}

async function copy(from: string, to: string, mode: number): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, publicMode(mode));
}

/** The files below `from` as a tar stream, for engines that cannot see this machine's files. */
export const packTree = (from: string): NodeJS.ReadableStream =>
  tarStream((tar) => packFolder(tar, from, ''));

/** One file as a tar stream. */
export const packFile = (source: string, name: string): NodeJS.ReadableStream =>
  tarStream((tar) => addFile(tar, { name, source, mode: READABLE_BY_ALL }));

async function packFolder(tar: Pack, from: string, prefix: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const name = prefix + entry.name;
    if (entry.isDirectory()) {
      addFolder(tar, name);
      await packFolder(tar, source, `${name}/`);
    } else if (entry.isSymbolicLink()) {
      addSymlink(tar, name, await readlink(source));
    } else if (entry.isFile()) {
      await addFile(tar, { name, source, mode: publicMode((await stat(source)).mode) });
    }
  }
}

const publicMode = (mode: number): number => READABLE_BY_ALL | (mode & EXECUTABLE ? EXECUTABLE : 0);
