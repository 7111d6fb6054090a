/**
 * The folders of sessions below `<dataDir>/sandboxes`, and what runtimes that died without a word left there and among
 * the processes. A session is dead when its owner is: the pid, and the time that process started.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Logger } from '../../core/log.ts';
import { sweepGroups } from './cgroup/session-groups.ts';
import { endAll, MARKS, snapshot } from './family.ts';
import { processTable } from './process-table.ts';

const OWNER_FILE = 'owner';
const GROUPS_FILE = 'control-groups';

/** What a session's control groups are called. */
export const groupName = (dataDirId: string, sessionId: string): string => `faas.${dataDirId}.${sessionId}`;

/** `pid/start` of this process. */
export async function ownerMark(): Promise<string> {
  const self = await processTable.one(process.pid);
  return `${process.pid}/${self?.startedAt ?? ''}`;
}

/** Makes the session's folder, which says whose it is and where its control groups are. */
export async function openSession(folder: string, owner: string, groups: string[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, GROUPS_FILE), groups.join('\n'));
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
  const dead = await deadSessions(root);
  // First: what is frozen in a group may not even hear a signal.
  for (const folder of dead) await sweepGroups(await groupsOf(folder, dataDirId));
  await endProcesses(dataDirId, log);
  for (const folder of dead) await removeFolder(folder, log);
}

async function endProcesses(dataDirId: string, log: Logger): Promise<void> {
  const leftBehind = new Set<number>();
  for (const { info, marks } of await snapshot()) {
    const isOurs = marks[MARKS.dataDir] === dataDirId;
    if (isOurs && (await isDead(marks[MARKS.owner] ?? ''))) leftBehind.add(info.pid);
  }
  if (leftBehind.size === 0) return;
  log.info(`removing ${leftBehind.size} processes that a dead session left`);
  const stubborn = await endAll(
    ({ info, marks }) => leftBehind.has(info.pid) && marks[MARKS.dataDir] === dataDirId,
  );
  if (stubborn.length > 0)
    log.warn(`these processes do not end: ${stubborn.map(({ pid }) => pid).join(', ')}`);
}

async function deadSessions(root: string): Promise<string[]> {
  const dead: string[] = [];
  for (const name of await readdir(root).catch(() => [])) {
    const folder = join(root, name);
    if (await isDead(await readFile(join(folder, OWNER_FILE), 'utf8').catch(() => ''))) dead.push(folder);
  }
  return dead;
}

/** Nothing is ended for what a file says unless it has our name. */
async function groupsOf(folder: string, dataDirId: string): Promise<string[]> {
  const text = await readFile(join(folder, GROUPS_FILE), 'utf8').catch(() => '');
  return text.split('\n').filter((path) => basename(path).startsWith(groupName(dataDirId, '')));
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
