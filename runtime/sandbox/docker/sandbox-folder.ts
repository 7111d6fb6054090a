/** The folder that each sandbox has on this machine, and its end of the channel. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenFramed } from '../channel/framed.ts';
import type { FramedListener } from '../channel/framed.ts';
import { INSIDE } from './container-options.ts';
import type { FileTransfer } from './container-options.ts';
import type { Reach } from './reach.ts';

export interface SandboxFolder {
  /** To be removed with the sandbox. */
  paths: string[];
  files: FileTransfer;
  listener: FramedListener;
  /** What FAAS_CHANNEL says inside. */
  channel: string;
}

/** The user inside is another one than ours, so the umask of ours must not matter. */
const FOLDER_MODE = 0o755;
const SOCKET_MODE = 0o666;
/** The system's limit on a socket's path is 108 bytes, 104 on macOS, with the terminating zero. */
const MAX_SOCKET_PATH = 100;

/** A folder of the docker driver's own: the process driver has its marks beside it. */
const sandboxesOf = (dataDir: string): string => join(dataDir, 'sandboxes', 'docker');
const shortPrefix = (dataDirId: string): string => `faas-${dataDirId}-`;

export interface FolderOwner {
  dataDir: string;
  dataDirId: string;
  bootstrapFile: string;
}

/** For an engine on this machine: folders to mount, and a unix socket in one of them. */
export async function openMountedFolder(owner: FolderOwner, id: string): Promise<SandboxFolder> {
  const folder = join(sandboxesOf(owner.dataDir), id);
  const taskDir = join(folder, 'task');
  const channelDir = channelFolder(owner, folder, id);
  // Others cannot list the parent, and ids are unguessable: only the sandbox finds its socket.
  await mkdir(sandboxesOf(owner.dataDir), { recursive: true, mode: 0o711 });
  const paths = [folder, channelDir];
  try {
    for (const path of [folder, taskDir, channelDir]) await makeFolder(path);
    const listener = await listenOn(join(channelDir, 'channel.sock'));
    const files = { kind: 'mount', taskDir, channelDir, bootstrapFile: owner.bootstrapFile } as const;
    return { paths, files, listener, channel: `unix:${INSIDE.channel}` };
  } catch (error) {
    await removePaths(paths);
    throw error;
  }
}

async function listenOn(path: string): Promise<FramedListener> {
  const listener = await listenFramed({ path });
  await chmod(path, SOCKET_MODE);
  return listener;
}

/** For an engine elsewhere: nothing on this machine's disk, and a TCP port that only the sandbox's nonce opens. */
export async function openRemoteFolder(reach: Reach): Promise<SandboxFolder> {
  const nonce = randomBytes(16).toString('hex');
  const listener = await listenFramed({ host: reach.listenAddress ?? '127.0.0.1', port: 0, nonce });
  return {
    paths: [],
    files: { kind: 'copy' },
    listener,
    channel: `tcp:${reach.hostAddress}:${listener.port}#${nonce}`,
  };
}

/** Removes the folders that dead sessions of this data directory left. */
export async function sweepFolders({
  dataDir,
  dataDirId,
}: Omit<FolderOwner, 'bootstrapFile'>): Promise<void> {
  const [own, short] = await Promise.all([namesIn(sandboxesOf(dataDir)), namesIn(tmpdir())]);
  const paths = [
    ...own.map((name) => join(sandboxesOf(dataDir), name)),
    ...short.filter((name) => name.startsWith(shortPrefix(dataDirId))).map((name) => join(tmpdir(), name)),
  ];
  await removePaths(paths);
}

export async function removePaths(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
}

/** A deep data directory leaves no room for a socket's path: then it lies in the system's temporary folder. */
function channelFolder({ dataDirId }: FolderOwner, folder: string, id: string): string {
  const preferred = join(folder, 'channel');
  if (Buffer.byteLength(join(preferred, 'channel.sock')) <= MAX_SOCKET_PATH) return preferred;
  return join(tmpdir(), `${shortPrefix(dataDirId)}${id}`);
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, FOLDER_MODE);
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
