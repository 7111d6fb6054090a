/** The control groups of one session: a folder of its own in each hierarchy that is of use, and one below it per sandbox. */
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ControlGroup, type Limits, type Place, type Power } from './control-group.ts';
import { readHierarchies, type Hierarchy } from './hierarchies.ts';

/** What each controller is for, by its name in the kernel. */
const POWERS_OF: Record<string, readonly Power[]> = {
  freezer: ['freeze', 'kill'],
  memory: ['memory'],
  cpu: ['cpu'],
  cpuacct: ['cpuacct'],
  pids: ['pids'],
};
/** Version 2 counts CPU time in every group; these have to be switched on. */
const CONTROLLERS_V2 = ['memory', 'cpu', 'pids'] as const;

export class SessionGroups {
  readonly #places: readonly Place[];

  private constructor(places: readonly Place[]) {
    this.#places = places;
  }

  /**
   * Makes the session's folders, all called `name`. Undefined where this user may not, or where a group could not
   * end all that is in it: root may, and whoever has a part of the tree of version 2 delegated, as systemd does
   * for desktop sessions.
   */
  static async open(name: string): Promise<SessionGroups | undefined> {
    const hierarchies = await readHierarchies();
    const version2 = hierarchies.find(({ version }) => version === 2);
    const unified = version2 && (await openUnified(version2, name));
    const places = unified ? [unified] : [];
    for (const hierarchy of hierarchies.filter(({ version }) => version === 1)) {
      const missing = powersOf(hierarchy).filter((power) => !places.some(({ powers }) => powers.has(power)));
      const place = missing.length > 0 && (await openSeparate(hierarchy, name, missing));
      if (place) places.push(place);
    }
    const groups = new SessionGroups(places);
    if (groups.can('kill')) return groups;
    await groups.close();
    return undefined;
  }

  can(power: Power): boolean {
    return this.#places.some(({ powers }) => powers.has(power));
  }

  /** Where the session's groups are, for whoever has to sweep them. */
  get folders(): string[] {
    return this.#places.map(({ folder }) => folder);
  }

  /** A group with these limits and nothing in it. @throws when the system refuses */
  async create(id: string, limits: Limits): Promise<ControlGroup> {
    const needed = this.#places.filter(({ powers }) => limits.cpus !== null || !isOnly(powers, 'cpu'));
    const group = groupBelow(needed, id);
    try {
      await group.create(limits);
      return group;
    } catch (error) {
      await group.remove();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const { folder } of this.#places) await removeTree(folder);
  }
}

/**
 * Ends everything in groups that a dead session left, and removes them.
 *
 * @param folders what its `folders` said
 */
export async function sweepGroups(folders: readonly string[]): Promise<void> {
  const places = await Promise.all(folders.map(placeAt));
  const ids = new Set((await Promise.all(folders.map(subfolders))).flat());
  await Promise.all([...ids].map((id) => groupBelow(places, id).killAll()));
  for (const folder of folders) await removeTree(folder);
}

const groupBelow = (places: readonly Place[], id: string): ControlGroup =>
  new ControlGroup(places.map((place) => ({ ...place, folder: join(place.folder, id) })));

const powersOf = ({ controllers }: Hierarchy): Power[] =>
  controllers.flatMap((name) => POWERS_OF[name] ?? []);

const isOnly = (powers: ReadonlySet<Power>, power: Power): boolean => powers.size === 1 && powers.has(power);

/** A tree of version 1 takes groups anywhere: below our own, so that our own limits hold for sandboxes too. */
async function openSeparate({ own }: Hierarchy, name: string, powers: Power[]): Promise<Place | undefined> {
  const folder = join(own, name);
  return (await made(folder)) ? { version: 1, folder, powers: new Set(powers) } : undefined;
}

/**
 * In version 2 a group with processes in it cannot hand controllers to groups below it: ours has us. So the session's
 * group goes beside or above our own, but never past a limit that is set on the way.
 */
async function openUnified({ own, mount }: Hierarchy, name: string): Promise<Place | undefined> {
  let best: Place | undefined;
  for (let parent = own; ; parent = dirname(parent)) {
    const place = await openBelow(parent, name);
    if (place && (!best || place.powers.size > best.powers.size)) {
      if (best) await removeTree(best.folder);
      best = place;
    } else if (place) await removeTree(place.folder);
    const isComplete = best && CONTROLLERS_V2.every((controller) => best?.powers.has(controller));
    if (isComplete || parent === mount || parent === '/' || (await isLimited(parent))) return best;
  }
}

async function openBelow(parent: string, name: string): Promise<Place | undefined> {
  const folder = join(parent, name);
  if (!(await made(folder))) return undefined;
  for (const controller of CONTROLLERS_V2) {
    const handOn = `+${controller}`;
    if (await written(join(folder, 'cgroup.subtree_control'), handOn)) continue;
    if (await written(join(parent, 'cgroup.subtree_control'), handOn))
      await written(join(folder, 'cgroup.subtree_control'), handOn);
  }
  return placeAt(folder);
}

/** What a session's folder offers, found by looking. */
async function placeAt(folder: string): Promise<Place> {
  const [files, handedOn] = await Promise.all([
    readdir(folder).catch((): string[] => []),
    readFile(join(folder, 'cgroup.subtree_control'), 'utf8').catch(() => undefined),
  ]);
  if (handedOn === undefined) {
    // Version 1. Only the freezer matters to who sweeps.
    return {
      version: 1,
      folder,
      powers: new Set(files.includes('freezer.state') ? POWERS_OF['freezer'] : []),
    };
  }
  const powers = new Set<Power>(['cpuacct']);
  // Since Linux 5.2 and 5.14.
  if (files.includes('cgroup.freeze')) powers.add('freeze');
  if (files.includes('cgroup.kill')) powers.add('kill');
  for (const controller of CONTROLLERS_V2)
    if (handedOn.split(/\s/).includes(controller)) powers.add(controller);
  return { version: 2, folder, powers };
}

/** The root of the tree has no such files, and no limits. Limits of processes are everywhere, and generous. */
async function isLimited(folder: string): Promise<boolean> {
  const limits = await Promise.all(
    ['memory.max', 'memory.high', 'cpu.max'].map((file) =>
      readFile(join(folder, file), 'utf8').catch(() => 'max'),
    ),
  );
  return limits.some((limit) => !limit.startsWith('max'));
}

const subfolders = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

async function removeTree(folder: string): Promise<void> {
  for (const name of await subfolders(folder)) await rmdir(join(folder, name)).catch(() => undefined);
  await rmdir(folder).catch(() => undefined);
}

const made = (folder: string): Promise<boolean> => succeeds(mkdir(folder));

const written = (file: string, text: string): Promise<boolean> => succeeds(writeFile(file, text));

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );
