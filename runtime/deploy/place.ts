/**
 * Lays packages out in one node_modules, without links, so that each finds exactly the copies it found at home:
 * flat where names are free, nested in the one that needs it where two copies share a name.
 */
export interface Node {
  /** Identity: the real path of the package's folder. */
  dir: string;
  /** Name it imports → folder of the copy it gets. */
  needs: ReadonlyMap<string, string>;
}

export interface Placement {
  dir: string;
  /** `node_modules/a/node_modules/b`. */
  path: string;
}

interface Slot {
  placement: Placement;
  /** Names taken in this package's own node_modules. */
  inside: Map<string, Slot>;
  parent: Slot | undefined;
}

/**
 * Breadth first, and a package's needs are all placed before any of them is entered: whatever is nested later lies
 * deeper than everything that has already been resolved past it.
 *
 * @param roots name → folder: what the bundle itself imports
 */
export function placePackages(
  roots: ReadonlyMap<string, string>,
  nodes: ReadonlyMap<string, Node>,
): Placement[] {
  const top = new Map<string, Slot>();
  const queue: Slot[] = [];
  const put = (name: string, dir: string, parent: Slot | undefined): void => {
    const path = `${parent ? `${parent.placement.path}/` : ''}node_modules/${name}`;
    const slot: Slot = { placement: { dir, path }, inside: new Map(), parent };
    (parent?.inside ?? top).set(name, slot);
    queue.push(slot);
  };

  for (const [name, dir] of byName(roots)) put(name, dir, undefined);
  // The queue grows while it is walked.
  for (const slot of queue) {
    for (const [name, dir] of byName(nodes.get(slot.placement.dir)?.needs ?? new Map<string, string>())) {
      if (!nodes.has(dir) || dir === slot.placement.dir) continue;
      const found = lookUp(name, slot) ?? top.get(name);
      if (!found) put(name, dir, undefined);
      else if (found.placement.dir !== dir && !isWithin(slot, dir)) put(name, dir, slot);
    }
  }
  return queue.map(({ placement }) => placement);
}

/** What Node finds from inside `slot`, the top excepted. */
function lookUp(name: string, slot: Slot): Slot | undefined {
  for (let at: Slot | undefined = slot; at; at = at.parent) {
    const found = at.inside.get(name);
    if (found) return found;
  }
  return undefined;
}

/** Two versions that need each other both ways would nest for ever; no layout without links can serve them. */
function isWithin(slot: Slot, dir: string): boolean {
  for (let at: Slot | undefined = slot; at; at = at.parent) if (at.placement.dir === dir) return true;
  return false;
}

const byName = (needs: ReadonlyMap<string, string>): [string, string][] =>
  [...needs].toSorted(([a], [b]) => (a < b ? -1 : 1));
