/** The rows of current objects and of the blobs they are made of. Callers bring the transaction. */
import type { DatabaseSync } from 'node:sqlite';
import type { Acl } from './acl.ts';
import type { BlobSlice } from './blobs.ts';
import type { Checksum } from './checksums.ts';
import type { Lock } from './lock.ts';
import { readChecksum, readObject, readSummary, writeJson, writeLock, writeTags } from './rows.ts';
import { takeNumber } from './tables.ts';
import type { Tag } from './tags.ts';

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
  /** The account that wrote it. */
  owner: string;
  tags: readonly Tag[];
  /** Undefined: the owner's alone. */
  acl: Acl | undefined;
  lock: Lock;
}

export interface StoredObject extends ObjectDraft {
  kind: 'object';
  /** Rises with every commit: the event's sequencer, and the name of this state of the object. */
  id: number;
  /** Null is the version named `null`, of times without versioning. */
  version: string | null;
}

/** What a deletion leaves where versions are kept. */
export interface DeleteMarker {
  kind: 'marker';
  id: number;
  bucket: string;
  key: string;
  version: string | null;
  owner: string;
  modifiedAt: number;
}

export interface DraftPart {
  number: number;
  blob: string;
  size: number;
  checksum?: Checksum | undefined;
}

export interface ObjectPart extends DraftPart {
  start: number;
}

/** What a listing shows. */
export interface ObjectSummary {
  id: number;
  key: Buffer;
  size: number;
  etag: string;
  modifiedAt: number;
  storageClass: string;
  checksum: Checksum | undefined;
  version: string | null;
  owner: string;
}

export type Objects = ReturnType<typeof createObjects>;

export function createObjects(database: DatabaseSync) {
  const next = takeNumber(database);
  const select = database.prepare('SELECT * FROM s3_objects WHERE bucket = ? AND key = ?');
  const insert = database.prepare(
    `INSERT INTO s3_objects (id, bucket, key, size, etag, modified_at, headers, storage_class, checksum,
       multipart, version, owner, tags, acl, lock)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertPart = database.prepare(
    'INSERT INTO s3_object_parts (object, number, blob, start, size, checksum) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const removeObject = database.prepare('DELETE FROM s3_objects WHERE id = ?');
  const removeParts = database.prepare('DELETE FROM s3_object_parts WHERE object = ? RETURNING blob');
  const selectParts = database.prepare(
    'SELECT * FROM s3_object_parts WHERE object = ? AND number > ? ORDER BY number LIMIT ?',
  );
  const countParts = database.prepare('SELECT count(*) AS count FROM s3_object_parts WHERE object = ?');
  const selectSlices = database.prepare(
    `SELECT blob, start, size FROM s3_object_parts
     WHERE object = ? AND start < ? AND start + size > ? ORDER BY number`,
  );
  const selectFrom = database.prepare(
    `SELECT id, key, size, etag, modified_at, storage_class, checksum, version, owner FROM s3_objects
     WHERE bucket = ? AND key >= ? ORDER BY key`,
  );
  const anyIn = database.prepare('SELECT 1 FROM s3_objects WHERE bucket = ? LIMIT 1');
  const byBlob = database.prepare('SELECT 1 FROM s3_object_parts WHERE blob = ?');

  /** Returns the blobs of the object's bytes, to be discarded once the transaction is committed. */
  const dropParts = (id: number): string[] => removeParts.all(id).map((row) => String(row['blob']));

  return {
    get(bucket: string, key: string): StoredObject | undefined {
      const row = select.get(bucket, Buffer.from(key));
      return row && readObject(row);
    },
    dropParts,
    /** Removes the row; returns the blobs to discard once the transaction is committed. */
    remove({ id }: Pick<StoredObject, 'id'>): string[] {
      removeObject.run(id);
      return dropParts(id);
    },
    /** A number for what leaves no row, such as a deletion. */
    nextId: next,
    /** Its place must be free: `history` sees to what was there. */
    insert(draft: ObjectDraft, version: string | null, parts: readonly DraftPart[]): StoredObject {
      const object: StoredObject = { ...draft, kind: 'object', id: next(), version };
      insert.run(
        object.id,
        object.bucket,
        Buffer.from(object.key),
        object.size,
        object.etag,
        Math.floor(object.modifiedAt),
        JSON.stringify(object.headers),
        object.storageClass,
        writeJson(object.checksum),
        object.multipart ? 1 : 0,
        version,
        object.owner,
        writeTags(object.tags),
        writeJson(object.acl),
        writeLock(object.lock),
      );
      let start = 0;
      for (const { number, blob, size, checksum } of parts) {
        insertPart.run(object.id, number, blob, start, size, writeJson(checksum));
        start += size;
      }
      return object;
    },
    /** Where the bytes `first` to `end` (exclusive) are. */
    slices(object: StoredObject, first: number, end: number): BlobSlice[] {
      return selectSlices.all(object.id, end, first).map((row) => {
        const start = Number(row['start']);
        const from = Math.max(first - start, 0);
        return { blob: String(row['blob']), start: from, end: Math.min(end - start, Number(row['size'])) };
      });
    },
    parts: (object: StoredObject, after = 0, limit = -1): ObjectPart[] =>
      selectParts.all(object.id, after, limit).map((row) => ({
        number: Number(row['number']),
        blob: String(row['blob']),
        start: Number(row['start']),
        size: Number(row['size']),
        checksum: readChecksum(row['checksum']),
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
