/** Writes an artifact's files to a folder and names them by their content. */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, copyFile, link, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ArtifactFile } from './artifact-store.ts';
import type { StoredFile, StoredFiles } from './reuse.ts';
import type { CarriedFile } from './scan.ts';

/** What was written for one file. */
export interface Written {
  file: ArtifactFile;
  digest: string;
  size: number;
  /** The source's stamp from before it was read; undefined when it could still change unnoticed. */
  stamp: string | undefined;
}

/** Open files at a time; more is not quicker. */
const AT_ONCE = 16;

/** @param files sorted by path */
export async function writeArtifact(
  root: string,
  files: readonly ArtifactFile[],
  stored: StoredFiles,
): Promise<Written[]> {
  await mkdir(root, { recursive: true });
  await chmod(root, 0o755);
  const folders = new Set<string>();
  const written: Written[] = [];
  for (let from = 0; from < files.length; from += AT_ONCE) {
    const some = files.slice(from, from + AT_ONCE);
    for (const file of some) await makeFolders(root, dirname(file.path), folders);
    written.push(...(await Promise.all(some.map((file) => writeOne(file, join(root, file.path), stored)))));
  }
  return written;
}

/** @param identity what else tells one revision from another */
export function identify(identity: readonly string[], written: readonly Written[]): string {
  const hash = createHash('sha256').update(`${JSON.stringify(identity)}\n`);
  for (const { file, size, digest } of written) {
    hash.update(`${JSON.stringify([file.path, isExecutable(file) ? 'x' : '-', size, digest])}\n`);
  }
  return hash.digest('hex').slice(0, 12);
}

const isExecutable = (file: ArtifactFile): boolean => 'from' in file && file.executable;

async function writeOne(file: ArtifactFile, to: string, stored: StoredFiles): Promise<Written> {
  if ('content' in file) {
    await writeFile(to, file.content);
    await chmod(to, 0o444);
    const digest = createHash('sha256').update(file.content).digest('hex');
    return { file, digest, size: file.content.byteLength, stamp: undefined };
  }
  const known = stored.find(file);
  if (known && (await linked(known, to))) return { file, ...known };
  return copied(file, to, stored);
}

/** Not possible when the other artifact is gone, or has been linked from too often. */
const linked = ({ path }: StoredFile, to: string): Promise<boolean> =>
  link(path, to).then(
    () => true,
    () => false,
  );

async function copied(file: CarriedFile, to: string, stored: StoredFiles): Promise<Written> {
  const before = stored.stamp(file);
  await copyFile(file.from, to, constants.COPYFILE_FICLONE);
  await chmod(to, file.executable ? 0o555 : 0o444);
  // The copy is what is hashed: the id is true even if the source changed meanwhile.
  return { file, ...(await digestOf(to)), stamp: before?.settled ? before.stamp : undefined };
}

/** Readable by the sandbox's user whatever the umask is. */
async function makeFolders(root: string, folder: string, made: Set<string>): Promise<void> {
  if (folder === '.' || made.has(folder)) return;
  await makeFolders(root, dirname(folder), made);
  await mkdir(join(root, folder), { recursive: true });
  await chmod(join(root, folder), 0o755);
  made.add(folder);
}

async function digestOf(path: string): Promise<{ digest: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
    }
  });
  return { digest: hash.digest('hex'), size };
}
