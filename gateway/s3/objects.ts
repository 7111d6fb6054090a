/** The rows of objects and of the blobs they are made of. Callers bring the transaction. */
import type { DatabaseSync } from 'node:sqlite';
import type { BlobSlice } from './blobs.ts';
import type { Checksum } from './checksums.ts';
import { readChecksum, readHeaders } from './rows.ts';
import { takeNumber } from './tables.ts';

/** An object's headers as they are sent: `content-type`, `x-amz-meta-…`; names in lower case. */
export type ObjectHeaders = Record<string, string>;

export interface ObjectDraft {
  bucket: string;
  key: string;
  size: number;
  /** Without quotes. */
  etag: string;
  /** Epoch milliseconds. */
  modifiedAt: number;
  headers: ObjectHeaders;
  storageClass: string;
  checksum: Checksum | undefined;
  /** Made by a multipart upload. */
  multipart: boolean;
}

export interface StoredObject extends ObjectDraft {
  /** Rises with every commit: the event's sequencer, and the name of this state of the object. */
  id: number;
}

export interface DraftPart {
  number: number;
  blob: string;
  size: number;
}

export interface ObjectPart extends DraftPart {
  start: number;
}

/** What a listing shows. */
export interface ObjectSummary {
  key: Buffer;
  size: number;
  etag: string;
  modifiedAt: number;
  storageClass: string;
  checksum: Checksum | undefined;
}

export type Objects = ReturnType<typeof createObjects>;

export function createObjects(database: DatabaseSync) {
  const next = takeNumber(database);
  const select = database.prepare('SELECT * FROM s3_objects WHERE bucket = ? AND key = ?');
  const insert = database.prepare(
    `INSERT INTO s3_objects (id, bucket, key, size, etag, modified_at, headers, storage_class, checksum, multipart)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertPart = database.prepare(
    'INSERT INTO s3_object_parts (object, number, blob, start, size) VALUES (?, ?, ?, ?, ?)',
  );
  const removeObject = database.prepare('DELETE FROM s3_objects WHERE id = ?');
  const removeParts = database.prepare('DELETE FROM s3_object_parts WHERE object = ? RETURNING blob');
  const selectParts = database.prepare('SELECT * FROM s3_object_parts WHERE object = ? ORDER BY number');
  const countParts = database.prepare('SELECT count(*) AS count FROM s3_object_parts WHERE object = ?');
  const selectSlices = database.prepare(
    `SELECT blob, start, size FROM s3_object_parts
     WHERE object = ? AND start < ? AND start + size > ? ORDER BY number`,
  );
  const selectFrom = database.prepare(
    `SELECT key, size, etag, modified_at, storage_class, checksum FROM s3_objects
     WHERE bucket = ? AND key >= ? ORDER BY key`,
  );
  const anyIn = database.prepare('SELECT 1 FROM s3_objects WHERE bucket = ? LIMIT 1');
  const byBlob = database.prepare('SELECT 1 FROM s3_object_parts WHERE blob = ?');

  function get(bucket: string, key: string): StoredObject | undefined {
    const row = select.get(bucket, Buffer.from(key));
    return row && readObject(row);
  }

  /** Removes the row; returns the blobs to discard once the transaction is committed. */
  function remove({ id }: StoredObject): string[] {
    removeObject.run(id);
    return removeParts.all(id).map((row) => String(row['blob']));
  }

  return {
    get,
    remove,
    /** A number for what leaves no row, such as a deletion. */
    nextId: next,
    /** Puts the object in the place of what was there; `dropped` are the blobs to discard after the commit. */
    replace(draft: ObjectDraft, parts: readonly DraftPart[]): { object: StoredObject; dropped: string[] } {
      const previous = get(draft.bucket, draft.key);
      const dropped = previous ? remove(previous) : [];
      const object = { ...draft, id: next() };
      insert.run(
        object.id,
        object.bucket,
        Buffer.from(object.key),
        object.size,
        object.etag,
        Math.floor(object.modifiedAt),
        JSON.stringify(object.headers),
        object.storageClass,
        object.checksum ? JSON.stringify(object.checksum) : null,
        object.multipart ? 1 : 0,
      );
      let start = 0;
      for (const { number, blob, size } of parts) {
        insertPart.run(object.id, number, blob, start, size);
        start += size;
      }
      return { object, dropped };
    },
    /** Where the bytes `first` to `end` (exclusive) are. */
    slices(object: StoredObject, first: number, end: number): BlobSlice[] {
      return selectSlices.all(object.id, end, first).map((row) => {
        const start = Number(row['start']);
        const from = Math.max(first - start, 0);
        return { blob: String(row['blob']), start: from, end: Math.min(end - start, Number(row['size'])) };
      });
    },
    parts: (object: StoredObject): ObjectPart[] =>
      selectParts.all(object.id).map((row) => ({
        number: Number(row['number']),
        blob: String(row['blob']),
        start: Number(row['start']),
        size: Number(row['size']),
      })),
    partCount: (object: StoredObject): number => Number(countParts.get(object.id)?.['count']),
    /** Rows in key order whose keys are `lower` or above. One scan at a time: they share a statement. */
    *scan(bucket: string, lower: Uint8Array): IterableIterator<ObjectSummary> {
      for (const row of selectFrom.iterate(bucket, lower)) yield readSummary(row);
    },
    isEmpty: (bucket: string): boolean => anyIn.get(bucket) === undefined,
    hasBlob: (blob: string): boolean => byBlob.get(blob) !== undefined,
  };
}

function readSummary(row: Record<string, unknown>): ObjectSummary {
  return {
    // A BLOB column: node:sqlite gives a Uint8Array.
    key: Buffer.from(row['key'] as Uint8Array),
    size: Number(row['size']),
    etag: String(row['etag']),
    modifiedAt: Number(row['modified_at']),
    storageClass: String(row['storage_class']),
    checksum: readChecksum(row['checksum']),
  };
}

function readObject(row: Record<string, unknown>): StoredObject {
  const summary = readSummary(row);
  return {
    ...summary,
    id: Number(row['id']),
    bucket: String(row['bucket']),
    key: summary.key.toString(),
    headers: readHeaders(row['headers']),
    multipart: row['multipart'] === 1,
  };
}
