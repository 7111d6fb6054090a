/** The history of versions against a model that is a plain list. */
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHistory } from '../../../gateway/s3/history.ts';
import type { Version, Versioning } from '../../../gateway/s3/history.ts';
import { createObjects } from '../../../gateway/s3/objects.ts';
import type { ObjectDraft } from '../../../gateway/s3/objects.ts';
import { MIGRATIONS } from '../../../gateway/s3/tables.ts';

function open() {
  const database = new DatabaseSync(':memory:');
  for (const migration of MIGRATIONS) database.exec(migration);
  const objects = createObjects(database);
  return { database, objects, history: createHistory(database, objects) };
}

const draft = (key: string, etag: string): ObjectDraft => ({
  bucket: 'photos',
  key,
  size: 1,
  etag,
  modifiedAt: 0,
  headers: {},
  storageClass: 'STANDARD',
  checksum: undefined,
  multipart: false,
  owner: 'faas',
  tags: [],
  acl: undefined,
  lock: {},
});

type Command =
  | { do: 'write'; key: string }
  | { do: 'delete'; key: string }
  | { do: 'remove'; key: string; nth: number }
  | { do: 'set'; versioning: 'Enabled' | 'Suspended' };

const key = fc.constantFrom('a', 'a/b', 'c');
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), key, nth: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      versioning: fc.constantFrom('Enabled' as const, 'Suspended' as const),
    }),
  },
);

/** The newest last. */
interface Modelled {
  key: string;
  version: string | null;
  /** Undefined: a delete marker. */
  blob: string | undefined;
}

test('writing, deleting and removing versions in any order is what a list of versions would hold', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const { database, objects, history } = open();
      let model: Modelled[] = [];
      let versioning: Versioning;
      let blobs = 0;
      const dropped = new Set<string>();
      /** Returns what a new version pushes out. */
      const makeRoom = (name: string): void => {
        const pushedOut = (one: Modelled): boolean =>
          one.key === name &&
          (versioning === undefined || (versioning === 'Suspended' && one.version === null));
        model = model.filter((one) => !pushedOut(one));
      };
      for (const each of commands) {
        if (each.do === 'set') versioning = each.versioning;
        else if (each.do === 'write') {
          const blob = `b${blobs++}`;
          makeRoom(each.key);
          const written = history.write(draft(each.key, blob), [{ number: 1, blob, size: 1 }], versioning);
          for (const one of written.dropped) dropped.add(one);
          model.push({ key: each.key, version: written.object.version, blob });
        } else if (each.do === 'delete') {
          if (versioning === undefined) {
            const current = objects.get('photos', each.key);
            if (current) for (const one of history.remove(current)) dropped.add(one);
            makeRoom(each.key);
          } else {
            makeRoom(each.key);
            const { marker, dropped: gone } = history.mark({ ...draft(each.key, '') }, versioning);
            for (const one of gone) dropped.add(one);
            model.push({ key: each.key, version: marker.version, blob: undefined });
          }
        } else {
          const ofKey = model.filter((one) => one.key === each.key);
          const target = ofKey[each.nth];
          if (!target) continue;
          const found = history.find('photos', each.key, target.version);
          expect(found).toBeDefined();
          for (const one of history.remove(found as Version)) dropped.add(one);
          model = model.filter((one) => one !== target);
        }
        check();
      }
      database.close();

      function check(): void {
        const keys = [...new Set(model.map((one) => one.key))].toSorted();
        const listed = keys.flatMap((name) =>
          model
            .filter((one) => one.key === name)
            .toReversed()
            .map(({ version, blob }, index) => ({
              key: name,
              version,
              marker: blob === undefined,
              latest: index === 0,
            })),
        );
        const seen = [...history.scan('photos', Buffer.alloc(0))].map((one) => ({
          key: one.key.toString(),
          version: one.version,
          marker: one.marker,
          latest: one.latest,
        }));
        expect(seen).toEqual(listed);
        for (const name of ['a', 'a/b', 'c']) {
          const newest = model.findLast((one) => one.key === name);
          expect(objects.get('photos', name)?.etag).toBe(newest?.blob);
          expect(history.newest('photos', name)?.version).toBe(newest?.version);
        }
        expect(history.isEmpty('photos')).toBe(model.length === 0);
        // Bytes are kept exactly as long as a version needs them.
        const kept = new Set(model.flatMap(({ blob }) => (blob === undefined ? [] : [blob])));
        for (let index = 0; index < blobs; index++) {
          const blob = `b${index}`;
          expect([blob, objects.hasBlob(blob), dropped.has(blob)]).toEqual([
            blob,
            kept.has(blob),
            !kept.has(blob),
          ]);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('a scan that is left early can be begun again', () => {
  const { history } = open();
  for (const name of ['a', 'b']) history.write(draft(name, name), [], 'Enabled');
  for (const _ of history.scan('photos', Buffer.alloc(0))) break;
  expect([...history.scan('photos', Buffer.alloc(0))]).toHaveLength(2);
});
