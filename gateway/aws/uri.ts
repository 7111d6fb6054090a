/** Request targets byte for byte as they were sent: what signatures cover and what keys are made of. */
import { AwsError } from './errors.ts';

export interface RequestTarget {
  /** The path as sent: escapes, dot segments and double slashes untouched. */
  rawPath: string;
  query: Query;
}

/** Decoded parameters in the order they came; a name without `=` has the value ''. */
export interface Query {
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /** The first value of that name. */
  get(name: string): string | undefined;
  has(name: string): boolean;
}

/** `/a%20b?x=1` or `http://host/a%20b?x=1` taken apart, without normalising anything. */
export function parseTarget(target: string): RequestTarget {
  const relative = target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = relative.indexOf('?');
  const path = mark < 0 ? relative : relative.slice(0, mark);
  return { rawPath: path === '' ? '/' : path, query: parseQuery(mark < 0 ? '' : relative.slice(mark + 1)) };
}

export function parseQuery(text: string): Query {
  const pairs = text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? '' : pair.slice(equals + 1);
      // In a query, unlike in a path, a plus is a space.
      return [decodeText(name.replaceAll('+', ' ')), decodeText(value.replaceAll('+', ' '))] as const;
    });
  const first = new Map<string, string>();
  for (const [name, value] of pairs) if (!first.has(name)) first.set(name, value);
  return { pairs, get: (name) => first.get(name), has: (name) => first.has(name) };
}

/** Percent-decodes exactly once; refuses broken escapes and what is not UTF-8. */
export function decodeText(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidURI');
  }
}

/** RFC 3986 escaping as AWS signs it: everything but letters, digits and `-._~`. */
export const encodeText = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** The same for a path: slashes stay. */
export const encodePath = (text: string): string => text.split('/').map(encodeText).join('/');
