/** The assembled image as a tar stream and as a name. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { addFile, addFolder, addText, tarStream } from '../tar.ts';
import type { ImageFile } from './node-files.ts';

/** Whom functions run as: the user and group ids that AWS Lambda uses. */
export const SANDBOX_USER = '993:990';

const TEXT_FILES: Record<string, string> = {
  '/etc/passwd':
    'root:x:0:0:root:/root:/sbin/nologin\nsbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n',
  '/etc/group': 'root:x:0:\nsbx_user1051:x:990:\n',
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n',
};

/** Mount points that a read-only root needs to have. */
const FOLDERS: Record<string, number> = {
  '/tmp': 0o1777,
  '/var/task': 0o755,
  '/var/runtime': 0o755,
  '/run/faas': 0o755,
};

/** Names the image by its content. */
export async function imageHash(files: readonly ImageFile[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([TEXT_FILES, FOLDERS]));
  for (const file of files) {
    const content = createHash('sha256');
    await pipeline(createReadStream(file.source, { highWaterMark: 1 << 20 }), content);
    hash.update(`${file.path} ${file.executable} ${content.digest('hex')}\n`);
  }
  return hash.digest('hex').slice(0, 12);
}

/** The image's one layer. `onBytes` is told of every chunk, for the progress. */
export function imageTar(
  files: readonly ImageFile[],
  onBytes: (count: number) => void,
): ReturnType<typeof tarStream> {
  return tarStream(async (tar) => {
    const textPaths = Object.keys(TEXT_FILES);
    for (const [path, mode] of parentFolders([...files.map((file) => file.path), ...textPaths])) {
      addFolder(tar, relative(path), mode);
    }
    for (const [path, text] of Object.entries(TEXT_FILES)) addText(tar, relative(path), text);
    for (const { path, source, executable } of files) {
      await addFile(tar, { name: relative(path), source, mode: executable ? 0o755 : 0o644, onBytes });
    }
  });
}

/** Each folder before what lies in it. */
function parentFolders(paths: readonly string[]): Map<string, number> {
  const folders = new Map<string, number>();
  const add = (path: string, mode: number): void => {
    if (path === '/' || folders.has(path)) return;
    add(dirname(path), 0o755);
    folders.set(path, mode);
  };
  for (const path of paths) add(dirname(path), 0o755);
  for (const [path, mode] of Object.entries(FOLDERS)) add(path, mode);
  return folders;
}

const relative = (path: string): string => path.slice(1);
