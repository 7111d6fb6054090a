/** Listing with prefix and delimiter as a walk over sorted keys. Pure but for the scan it is given. */

export interface ListQuery {
  prefix: Buffer;
  /** Empty: nothing is grouped. */
  delimiter: Buffer;
  /** Only keys from here on. */
  lower: Buffer;
  /** Entries, keys and groups together. */
  limit: number;
}

export interface ListPage<Row> {
  rows: Row[];
  /** Common prefixes, in order. */
  groups: Buffer[];
  /** Where the next page begins, when there is more. */
  next: Buffer | undefined;
  /** The last key or common prefix of this page. */
  last: Buffer | undefined;
}

/**
 * One page. Each group costs one seek, however many keys are in it: the walk leaps over them to the first
 * key that cannot have the group's prefix.
 */
export function listKeys<Row extends { key: Buffer }>(
  scan: (lower: Buffer) => Iterable<Row>,
  { prefix, delimiter, lower, limit }: ListQuery,
): ListPage<Row> {
  const page: ListPage<Row> = { rows: [], groups: [], next: undefined, last: undefined };
  if (limit === 0) return page;
  let from: Buffer | undefined = Buffer.compare(lower, prefix) > 0 ? lower : prefix;
  while (from !== undefined) {
    let leap: Buffer | undefined;
    for (const row of scan(from)) {
      if (!startsWith(row.key, prefix)) return page;
      if (page.rows.length + page.groups.length >= limit) {
        page.next = page.last && (page.groups.at(-1) === page.last ? after(page.last) : justAfter(page.last));
        return page;
      }
      const group = groupOf(row.key, prefix, delimiter);
      if (group === undefined) {
        page.rows.push(row);
        page.last = row.key;
        continue;
      }
      page.groups.push(group);
      page.last = group;
      leap = after(group);
      break;
    }
    from = leap;
  }
  return page;
}

/** Where a page begins that follows `marker`: past the whole group when the marker is one. */
export function lowerAfter(marker: Buffer, prefix: Buffer, delimiter: Buffer): Buffer {
  const group = startsWith(marker, prefix) ? groupOf(marker, prefix, delimiter) : undefined;
  return (group?.length === marker.length ? after(marker) : undefined) ?? justAfter(marker);
}

function groupOf(key: Buffer, prefix: Buffer, delimiter: Buffer): Buffer | undefined {
  if (delimiter.length === 0) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.subarray(0, at + delimiter.length);
}

const startsWith = (key: Buffer, prefix: Buffer): boolean => key.subarray(0, prefix.length).equals(prefix);

/** The least key that is greater than `key`. */
const justAfter = (key: Buffer): Buffer => Buffer.concat([key, Buffer.of(0)]);

/** The least key that is greater than everything that begins with `group`. */
function after(group: Buffer): Buffer | undefined {
  // UTF-8 has no byte 0xff, so that the last byte can always be raised.
  const next = Buffer.from(group);
  const last = next.at(-1);
  if (last === undefined) return undefined;
  next[next.length - 1] = last + 1;
  return next;
}
