/**
 * The folders of sessions below `<dataDir>/sandboxes`, and what runtimes that died without a word left there and among
 * the processes. A session is dead when its owner is: the pid, and the time that process started.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../core/log.ts';
import { endAll, MARKS, snapshot } from './family.ts';
import { processTable } from './process-table.ts';

const OWNER_FILE = 'owner';

/** `pid/start` of this process. */
export async function ownerMark(): Promise<string> {
  const self = await processTable.one(process.pid);
  return `${process.pid}/${self?.startedAt ?? ''}`;
}

/** Makes the session's folder, which says whose it is. */
export async function openSession(folder: string, owner: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, OWNER_FILE), owner);
}

/** Removes what dead sessions of this data directory left. Everything else is left alone. */
export async function sweep(options: {
  /** `<dataDir>/sandboxes` */
  root: string;
  dataDirId: string;
  log: Logger;
}): Promise<void> {
  const { root, dataDirId, log } = options;
  const leftBehind = new Set<number>();
  for (const { info, marks } of await snapshot()) {
    const isOurs = marks[MARKS.dataDir] === dataDirId;
    if (isOurs && (await isDead(marks[MARKS.owner] ?? ''))) leftBehind.add(info.pid);
  }
  if (leftBehind.size > 0) {
    log.info(`removing ${leftBehind.size} processes that a dead session left`);
    const stubborn = await endAll(
      ({ info, marks }) => leftBehind.has(info.pid) && marks[MARKS.dataDir] === dataDirId,
    );
    if (stubborn.length > 0)
      log.warn(`these processes do not end: ${stubborn.map(({ pid }) => pid).join(', ')}`);
  }
  for (const name of await readdir(root).catch(() => [])) {
    const folder = join(root, name);
    const owner = await readFile(join(folder, OWNER_FILE), 'utf8').catch(() => '');
    if (await isDead(owner)) await removeFolder(folder, log);
  }
}

/** True when the process that `owner` names does not live; what names nobody belongs to nobody. */
async function isDead(owner: string): Promise<boolean> {
  const [pid, startedAt] = owner.split('/');
  const living = await processTable.one(Number(pid));
  return !living || living.startedAt !== startedAt;
}

/** A folder that cannot be removed costs disk space, not correctness. */
export async function removeFolder(folder: string, log: Logger): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    log.warn(`cannot remove ${folder}: ${String(error)}`);
  }
}
