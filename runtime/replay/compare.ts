/** Two answers as JSON: where they differ. Pure. */

export interface Difference {
  /** `body.items[2].price`; empty: the answer as a whole. */
  path: string;
  before: unknown;
  after: unknown;
}

/** A text that holds JSON is looked into as well: bodies of HTTP answers are such. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  const [a, b] = [opened(before), opened(after)];
  if (Object.is(a, b)) return [];
  if (Array.isArray(a) && Array.isArray(b)) {
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) =>
      differences(a[index], b[index], `${path}[${index}]`),
    ).flat();
  }
  if (isObject(a) && isObject(b)) {
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return names.flatMap((name) => differences(a[name], b[name], path === '' ? name : `${path}.${name}`));
  }
  return [{ path, before: a, after: b }];
}

function opened(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/u.test(value)) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return isObject(parsed) || Array.isArray(parsed) ? parsed : value;
  } catch {
    return value;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Whether a difference is to be passed over: its path, or one above it, is among `ignored`. `[]` in these stands for
 * any place of a list, and a name without a dot for a field of that name wherever it is.
 */
export function isIgnored({ path }: Difference, ignored: ReadonlySet<string>): boolean {
  const parts = path.replaceAll(/\[\d+\]/gu, '[]').split('.');
  return parts.some((part, index) => {
    const way = parts.slice(0, index + 1).join('.');
    return (
      ignored.has(way) ||
      ignored.has(way.replace(/(?:\[\])+$/u, '')) ||
      ignored.has(part.replace(/(?:\[\])+$/u, ''))
    );
  });
}

/** The path with every place of a list alike, which is how a field that changes by itself is named. */
export const anyPlace = (path: string): string => path.replaceAll(/\[\d+\]/gu, '[]');
