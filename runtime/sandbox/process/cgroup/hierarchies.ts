/**
 * Which control group hierarchies this machine has mounted, and where this process is in each. Linux has two kinds:
 * version 2 is one tree for everything; version 1 has a tree for each controller, or for a few together. Many systems
 * have both, then version 2 without controllers.
 */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

export interface Hierarchy {
  version: 1 | 2;
  /** What a tree of version 1 controls; empty for version 2, whose groups list theirs. */
  controllers: string[];
  mount: string;
  /** Folder of this process's group. */
  own: string;
}

/** Empty where there are no control groups. */
export async function readHierarchies(): Promise<Hierarchy[]> {
  try {
    const [mounts, memberships] = await Promise.all([
      readFile('/proc/self/mountinfo', 'utf8'),
      readFile('/proc/self/cgroup', 'utf8'),
    ]);
    return parseHierarchies(mounts, memberships);
  } catch {
    return [];
  }
}

/**
 * From /proc/self/mountinfo and /proc/self/cgroup; see proc(5) and cgroups(7).
 *
 * @internal
 */
export function parseHierarchies(mounts: string, memberships: string): Hierarchy[] {
  const groups = memberships.split('\n').map(parseMembership);
  const found: Hierarchy[] = [];
  for (const { type, root, mount, options } of mounts.split('\n').flatMap(parseMount)) {
    const version = type === 'cgroup2' ? 2 : 1;
    const membership = groups.find(({ controllers }) =>
      version === 2 ? controllers.length === 0 : controllers.some((name) => options.includes(name)),
    );
    // A mount may show a part of the tree only, and not the one we are in.
    const below = membership && relative(root, membership.path);
    if (!membership || below === undefined || below.startsWith('..')) continue;
    if (
      found.some((other) => other.version === version && sameSet(other.controllers, membership.controllers))
    )
      continue;
    found.push({ version, controllers: membership.controllers, mount, own: join(mount, below) });
  }
  return found;
}

/** `36 25 0:31 /root /mount/point rw,… shared:9 - type source options`; spaces in paths are written `\040`. */
function parseMount(line: string): { type: string; root: string; mount: string; options: string[] }[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root = '', mount = ''] = before.split(' ').map(unescaped);
  const [type = '', , options = ''] = after.split(' ');
  return type === 'cgroup' || type === 'cgroup2' ? [{ type, root, mount, options: options.split(',') }] : [];
}

/** `4:memory:/path`, or `0::/path` for version 2. */
function parseMembership(line: string): { controllers: string[]; path: string } {
  const [, controllers = '', ...path] = line.split(':');
  return { controllers: controllers.split(',').filter(Boolean), path: path.join(':') };
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

const sameSet = (a: string[], b: string[]): boolean => a.join() === b.join();
