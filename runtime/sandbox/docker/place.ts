/** Puts a revision's files where the sandbox reads them. */
import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Pack } from 'tar-stream';
import { addFile, addFolder, addSymlink, tarStream } from './tar.ts';

const READABLE_BY_ALL = 0o444;
const EXECUTABLE = 0o111;

/** So many steps are done in one turn of the event loop: through the thread pool each would take ten times as long. */
const STEPS_A_TURN = 50;

/**
 * Hard-links the files below `from` into `to`, an empty folder: as quick as a rename, and whatever becomes of the
 * artifact later, the running sandbox keeps its files. Copies where linking is not possible.
 */
export async function linkTree(from: string, to: string): Promise<void> {
  let steps = 0;
  const link = async (source: string, target: string): Promise<void> => {
    for (const entry of readdirSync(source, { withFileTypes: true })) {
      if (++steps % STEPS_A_TURN === 0) await turn();
      const [entrySource, entryTarget] = [join(source, entry.name), join(target, entry.name)];
      if (entry.isDirectory()) {
        mkdirSync(entryTarget);
        chmodSync(entryTarget, 0o755); // whatever the umask made of it
        await link(entrySource, entryTarget);
      } else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(entrySource), entryTarget);
      // Sockets and devices are nobody's code.
      else if (entry.isFile()) linkFile(entrySource, entryTarget);
    }
  };
  await link(from, to);
}

function linkFile(from: string, to: string): void {
  const { mode } = statSync(from);
  // The user inside is not the owner: what only the owner may read is copied, so that the artifact keeps its mode.
  if ((mode & READABLE_BY_ALL) !== READABLE_BY_ALL) return copyFile(from, to, mode);
  try {
    linkSync(from, to);
  } catch {
    copyFile(from, to, mode); // another file system, too many links, protected_hardlinks
  }
}

function copyFile(from: string, to: string, mode: number): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  chmodSync(to, publicMode(mode));
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
