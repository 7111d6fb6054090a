/** Rows as what they stand for. The JSON columns are of our own writing. */
import type { Acl } from './acl.ts';
import type { Checksum } from './checksums.ts';
import type { Lock } from './lock.ts';
import type { DeleteMarker, ObjectHeaders, ObjectSummary, StoredObject } from './objects.ts';
import type { Tag } from './tags.ts';

export type Row = Record<string, unknown>;

// Casts: only this version of the program or an older one wrote these columns, and migrations keep them.
export const readChecksum = (column: unknown): Checksum | undefined =>
  typeof column === 'string' ? (JSON.parse(column) as Checksum) : undefined;

export const readHeaders = (column: unknown): ObjectHeaders => JSON.parse(String(column)) as ObjectHeaders;

export const readTags = (column: unknown): Tag[] =>
  typeof column === 'string' ? (JSON.parse(column) as Tag[]) : [];

export const readAcl = (column: unknown): Acl | undefined =>
  typeof column === 'string' ? (JSON.parse(column) as Acl) : undefined;

export const readLock = (column: unknown): Lock =>
  typeof column === 'string' ? (JSON.parse(column) as Lock) : {};

/** Null for what is not locked, which is nearly everything. */
export const writeLock = (lock: Lock): string | null =>
  lock.retention || lock.legalHold ? JSON.stringify(lock) : null;

export const writeJson = (value: object | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value);

export const writeTags = (tags: readonly Tag[]): string | null =>
  tags.length === 0 ? null : JSON.stringify(tags);

export const readText = (column: unknown): string | null => (typeof column === 'string' ? column : null);

// A BLOB column: node:sqlite gives a Uint8Array.
export const readKey = (column: unknown): Buffer => Buffer.from(column as Uint8Array);

export function readSummary(row: Row): ObjectSummary {
  return {
    id: Number(row['id']),
    key: readKey(row['key']),
    size: Number(row['size']),
    etag: String(row['etag']),
    modifiedAt: Number(row['modified_at']),
    storageClass: String(row['storage_class']),
    checksum: readChecksum(row['checksum']),
    version: readText(row['version']),
    owner: String(row['owner']),
  };
}

export function readObject(row: Row): StoredObject {
  const summary = readSummary(row);
  return {
    ...summary,
    kind: 'object',
    bucket: String(row['bucket']),
    key: summary.key.toString(),
    headers: readHeaders(row['headers']),
    tags: readTags(row['tags']),
    acl: readAcl(row['acl']),
    lock: readLock(row['lock']),
    multipart: row['multipart'] === 1,
  };
}

export const readVersion = (row: Row): StoredObject | DeleteMarker =>
  row['marker'] === 1 ? readMarker(row) : readObject(row);

const readMarker = (row: Row): DeleteMarker => ({
  kind: 'marker',
  id: Number(row['id']),
  bucket: String(row['bucket']),
  key: readKey(row['key']).toString(),
  version: readText(row['version']),
  owner: String(row['owner']),
  modifiedAt: Number(row['modified_at']),
});
