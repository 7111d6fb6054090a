import { dirname, join } from 'node:path/posix';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placePackages, type Node } from '../../../runtime/deploy/place.ts';

type Graph = Record<string, Record<string, string>>;

const nodesOf = (graph: Graph): Map<string, Node> =>
  new Map(Object.entries(graph).map(([dir, needs]) => [dir, { dir, needs: new Map(Object.entries(needs)) }]));

const place = (roots: Record<string, string>, graph: Graph): Record<string, string> =>
  Object.fromEntries(
    placePackages(new Map(Object.entries(roots)), nodesOf(graph)).map(({ dir, path }) => [path, dir]),
  );

describe('packages are laid out', () => {
  it('flat where names are free', () => {
    expect(place({ a: 'a1' }, { a1: { b: 'b1' }, b1: { c: 'c1' }, c1: {} })).toEqual({
      'node_modules/a': 'a1',
      'node_modules/b': 'b1',
      'node_modules/c': 'c1',
    });
  });

  it('nested in the one that needs another copy, which the bundle’s own choice does not move', () => {
    expect(place({ a: 'a1', b: 'b2' }, { a1: { b: 'b1' }, b1: {}, b2: {} })).toEqual({
      'node_modules/a': 'a1',
      'node_modules/a/node_modules/b': 'b1',
      'node_modules/b': 'b2',
    });
  });

  it('under the name they are imported by, several names for one included', () => {
    expect(place({ old: 'x1' }, { x1: { new: 'x2' }, x2: {} })).toEqual({
      'node_modules/old': 'x1',
      'node_modules/new': 'x2',
    });
  });

  it('once, when they need each other', () => {
    expect(place({ a: 'a1' }, { a1: { b: 'b1' }, b1: { a: 'a1' } })).toEqual({
      'node_modules/a': 'a1',
      'node_modules/b': 'b1',
    });
  });

  it('without what was not traced', () => {
    expect(place({ a: 'a1' }, { a1: { gone: 'g1' } })).toEqual({ 'node_modules/a': 'a1' });
  });
});

/** What Node would load for `name` imported from the package at `path`. */
function resolve(layout: Record<string, string>, path: string, name: string): string | undefined {
  for (let dir = path; ; dir = dirname(dir)) {
    const found = layout[join(dir, 'node_modules', name)];
    if (found !== undefined) return found;
    if (dir === '.') return undefined;
  }
}

it('every package finds the copies it found at home, for any graph whose versions do not need each other in a circle', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const versions = [1, 2, 3];
  // A package needs only what comes later in this order, so that no circle arises.
  const order = names.flatMap((name) => versions.map((version) => ({ name, dir: `${name}${version}` })));
  const graph = fc
    .tuple(...order.map((_, index) => fc.subarray(order.slice(index + 1))))
    .map((needs) =>
      Object.fromEntries(
        order.map(({ dir }, index) => [
          dir,
          Object.fromEntries((needs[index] ?? []).map((need) => [need.name, need.dir])),
        ]),
      ),
    );
  const roots = fc
    .subarray(order, { minLength: 1 })
    .map((chosen) => Object.fromEntries(chosen.map(({ name, dir }) => [name, dir])));
  fc.assert(
    fc.property(roots, graph, (wanted, needs) => {
      const layout = place(wanted, needs);
      for (const [name, dir] of Object.entries(wanted)) expect(layout[`node_modules/${name}`]).toBe(dir);
      for (const [path, dir] of Object.entries(layout)) {
        for (const [name, need] of Object.entries(needs[dir] ?? {}))
          expect(resolve(layout, path, name)).toBe(need);
      }
    }),
    { numRuns: 300 },
  );
});

it('two versions that need each other in a circle come to an end', () => {
  const layout = place({ a: 'a1' }, { a1: { b: 'b1' }, b1: { a: 'a2' }, a2: { b: 'b2' }, b2: { a: 'a1' } });
  expect(Object.keys(layout).length).toBeLessThan(20);
});
