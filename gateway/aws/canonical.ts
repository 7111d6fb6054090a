/** The texts that Signature Version 4 signs. Pure. Source: "Create a signed AWS API request", IAM user guide. */
import { createHash, createHmac } from 'node:crypto';
import { encodeText } from './uri.ts';
import type { Query } from './uri.ts';

/** The day, region and service that a key is derived for. */
export interface Scope {
  date: string;
  region: string;
  service: string;
}

export const scopeText = ({ date, region, service }: Scope): string =>
  `${date}/${region}/${service}/aws4_request`;

export interface CanonicalParts {
  method: string;
  path: string;
  query: Query;
  rawHeaders: readonly string[];
  /** Lower case, sorted. */
  signedHeaders: readonly string[];
  payload: string;
}

export function canonicalRequest(parts: CanonicalParts): string {
  const values = headerValues(parts.rawHeaders);
  const headers = parts.signedHeaders
    .map((name) => `${name}:${(values.get(name) ?? []).join(',')}\n`)
    .join('');
  return [
    parts.method,
    parts.path,
    canonicalQuery(parts.query),
    headers,
    parts.signedHeaders.join(';'),
    parts.payload,
  ].join('\n');
}

export const stringToSign = (timestamp: string, scope: Scope, canonical: string): string =>
  ['AWS4-HMAC-SHA256', timestamp, scopeText(scope), sha256Hex(canonical)].join('\n');

export function deriveKey(secret: string, { date, region, service }: Scope): Buffer {
  return [date, region, service, 'aws4_request'].reduce(
    (key, text) => createHmac('sha256', key).update(text).digest(),
    Buffer.from(`AWS4${secret}`),
  );
}

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');
export const hmacHex = (key: Buffer, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex');

/** Sorted after escaping; a parameter without a value keeps its `=`. */
function canonicalQuery(query: Query): string {
  return query.pairs
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodeText(name), encodeText(value)] as const)
    .toSorted(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Node joins repeated headers with ", " and drops some: signatures need each value as it was sent. */
function headerValues(rawHeaders: readonly string[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = (rawHeaders[index + 1] ?? '').trim().replace(/ +/g, ' ');
    const list = values.get(name);
    if (list) list.push(value);
    else values.set(name, [value]);
  }
  return values;
}
