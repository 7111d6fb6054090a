import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listKeys, lowerAfter } from '../../../gateway/s3/list-keys.ts';
import type { ListPage } from '../../../gateway/s3/list-keys.ts';

/** Few letters, so that prefixes and groups meet; one outside the BMP, where byte and UTF-16 order differ. */
const text = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', '/', '\uffff', '😀'), maxLength });

const sorted = (keys: readonly string[]): Buffer[] =>
  [...new Set(keys)].map((key) => Buffer.from(key)).toSorted((a, b) => Buffer.compare(a, b));

/** What the S3 documentation says, without any cleverness. */
function model(keys: readonly Buffer[], prefix: string, delimiter: string): string[] {
  const entries = new Set<string>();
  for (const key of keys.map(String).filter((key) => key.startsWith(prefix))) {
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    entries.add(at < 0 ? key : `${key.slice(0, at + delimiter.length)} (group)`);
  }
  return [...entries];
}

function scanOf(keys: readonly Buffer[], seen: { rows: number } = { rows: 0 }) {
  return function* (lower: Buffer) {
    for (const key of keys) {
      if (Buffer.compare(key, lower) < 0) continue;
      seen.rows += 1;
      yield { key };
    }
  };
}

test('pages of any size, one after the other, are the whole listing: nothing twice, nothing missing', () => {
  fc.assert(
    fc.property(
      fc.array(text(6), { maxLength: 30 }),
      text(2),
      text(2),
      fc.integer({ min: 1, max: 5 }),
      (keys, prefix, delimiter, limit) => {
        const all = sorted(keys.filter((key) => key !== ''));
        const entries: string[] = [];
        let lower: Buffer | undefined = Buffer.alloc(0);
        while (lower) {
          const page: ListPage<{ key: Buffer }> = listKeys(scanOf(all), {
            prefix: Buffer.from(prefix),
            delimiter: Buffer.from(delimiter),
            lower,
            limit,
          });
          const found = [...page.rows.map(({ key }) => key), ...page.groups].toSorted((a, b) =>
            Buffer.compare(a, b),
          );
          expect(found.length).toBeLessThanOrEqual(limit);
          if (page.next) expect(found.length).toBe(limit);
          for (const key of found)
            entries.push(page.groups.includes(key) ? `${String(key)} (group)` : String(key));
          lower = page.next;
        }
        expect(entries.toSorted()).toEqual(model(all, prefix, delimiter).toSorted());
      },
    ),
  );
});

test('a marker that is a common prefix continues behind the group, any other right behind itself', () => {
  const all = sorted(['a', 'b/1', 'b/2', 'c']);
  const after = (marker: string): string[] => {
    const [prefix, delimiter] = [Buffer.alloc(0), Buffer.from('/')];
    const lower = lowerAfter(Buffer.from(marker), prefix, delimiter);
    const page = listKeys(scanOf(all), { prefix, delimiter, lower, limit: 10 });
    return [...page.rows.map(({ key }) => String(key)), ...page.groups.map(String)];
  };
  expect(after('a')).toEqual(['c', 'b/']);
  expect(after('b/')).toEqual(['c']);
  expect(after('b/1')).toEqual(['c', 'b/']);
});

test('a group costs one row, however many keys are in it', () => {
  const keys = sorted([...Array.from({ length: 5000 }, (_, index) => `photos/${index}`), 'a', 'z']);
  const seen = { rows: 0 };
  const page = listKeys(scanOf(keys, seen), {
    prefix: Buffer.alloc(0),
    delimiter: Buffer.from('/'),
    lower: Buffer.alloc(0),
    limit: 100,
  });
  expect(page.groups.map(String)).toEqual(['photos/']);
  expect(seen.rows).toBeLessThan(10);
});

test('a limit of 0 is an empty page without a next one', () => {
  const page = listKeys(scanOf(sorted(['a'])), {
    prefix: Buffer.alloc(0),
    delimiter: Buffer.alloc(0),
    lower: Buffer.alloc(0),
    limit: 0,
  });
  expect(page).toMatchObject({ rows: [], groups: [], next: undefined });
});
