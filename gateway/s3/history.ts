/**
 * Versions: what replaces, removes or brings back a current object. Callers bring the transaction.
 *
 * 1. The newest version of a key has the highest id. When it is an object it is in `s3_objects`; everything
 *    else, delete markers included, is in `s3_old_versions`.
 * 2. A key has at most one version named `null`: what was written before versioning, or while it is suspended.
 */
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Acl } from './acl.ts';
import type { Lock } from './lock.ts';
import type {
  DeleteMarker,
  DraftPart,
  ObjectDraft,
  ObjectSummary,
  Objects,
  StoredObject,
} from './objects.ts';
import { readSummary, readVersion, writeJson, writeLock, writeTags } from './rows.ts';
import type { Tag } from './tags.ts';

/** Undefined: the bucket never had versions. */
export type Versioning = 'Enabled' | 'Suspended' | undefined;

export type Version = StoredObject | DeleteMarker;

/** A line of ListObjectVersions. */
export interface VersionSummary extends ObjectSummary {
  marker: boolean;
  latest: boolean;
}

export type History = ReturnType<typeof createHistory>;

/** Ids of other servers look different (AWS: 32 characters with dots); they are versions that are not here. */
export const isVersionId = (text: string): boolean => text === 'null' || /^[\w.-]{26,64}$/.test(text);

const newVersionId = (): string => randomBytes(24).toString('base64url');

const COLUMNS = `id, bucket, key, size, etag, modified_at, headers, storage_class, checksum, multipart, version,
  owner, tags, acl, lock`;

export function createHistory(database: DatabaseSync, objects: Objects) {
  const retireRow = database.prepare(
    `INSERT INTO s3_old_versions (${COLUMNS}, marker) SELECT ${COLUMNS}, 0 FROM s3_objects WHERE id = ?`,
  );
  const restoreRow = database.prepare(
    `INSERT INTO s3_objects (${COLUMNS}) SELECT ${COLUMNS} FROM s3_old_versions WHERE id = ?`,
  );
  const deleteCurrent = database.prepare('DELETE FROM s3_objects WHERE id = ?');
  const deleteOld = database.prepare('DELETE FROM s3_old_versions WHERE id = ?');
  const insertMarker = database.prepare(
    `INSERT INTO s3_old_versions
       (id, bucket, key, size, etag, modified_at, headers, storage_class, multipart, version, owner, marker)
     VALUES (?, ?, ?, 0, '', ?, '{}', '', 0, ?, ?, 1)`,
  );
  const newestOld = database.prepare(
    'SELECT * FROM s3_old_versions WHERE bucket = ? AND key = ? ORDER BY id DESC LIMIT 1',
  );
  const findOld = database.prepare(
    'SELECT * FROM s3_old_versions WHERE bucket = ? AND key = ? AND version IS ?',
  );
  const scanOld = database.prepare(
    `SELECT id, key, size, etag, modified_at, storage_class, checksum, version, owner, marker
     FROM s3_old_versions WHERE bucket = ? AND key >= ? ORDER BY key, id DESC`,
  );
  const anyOld = database.prepare('SELECT 1 FROM s3_old_versions WHERE bucket = ? LIMIT 1');
  const tables = ['s3_objects', 's3_old_versions'];
  const setTags = tables.map((table) => database.prepare(`UPDATE ${table} SET tags = ? WHERE id = ?`));
  const setLock = tables.map((table) => database.prepare(`UPDATE ${table} SET lock = ? WHERE id = ?`));
  const setAcl = tables.map((table) => database.prepare(`UPDATE ${table} SET acl = ? WHERE id = ?`));

  /** The current object becomes an old version. */
  function retire({ id }: StoredObject): void {
    retireRow.run(id);
    deleteCurrent.run(id);
  }

  function find(bucket: string, key: string, version: string | null): Version | undefined {
    const current = objects.get(bucket, key);
    if (current?.version === version) return current;
    const row = findOld.get(bucket, Buffer.from(key), version);
    return row && readVersion(row);
  }

  function remove(version: Version): string[] {
    deleteCurrent.run(version.id);
    deleteOld.run(version.id);
    return objects.dropParts(version.id);
  }

  /** Rule 2: the version about to be written takes the place of the one named null. */
  function removeNull(bucket: string, key: string): string[] {
    const version = find(bucket, key, null);
    return version ? remove(version) : [];
  }

  /** Makes room for a new version; returns its id and the blobs to discard after the commit. */
  function makeRoom(bucket: string, key: string, versioning: Versioning) {
    const current = objects.get(bucket, key);
    if (versioning === undefined) return { version: null, dropped: current ? objects.remove(current) : [] };
    const dropped = versioning === 'Suspended' ? removeNull(bucket, key) : [];
    if (current && !(versioning === 'Suspended' && current.version === null)) retire(current);
    return { version: versioning === 'Enabled' ? newVersionId() : null, dropped };
  }

  return {
    find,
    /** The newest version, be it an object or a delete marker. */
    newest(bucket: string, key: string): Version | undefined {
      const current = objects.get(bucket, key);
      if (current) return current;
      const row = newestOld.get(bucket, Buffer.from(key));
      return row && readVersion(row);
    },
    /** Puts the object on top of what was there; `dropped` are the blobs to discard after the commit. */
    write(
      draft: ObjectDraft,
      parts: readonly DraftPart[],
      versioning: Versioning,
    ): { object: StoredObject; dropped: string[] } {
      const { version, dropped } = makeRoom(draft.bucket, draft.key, versioning);
      return { object: objects.insert(draft, version, parts), dropped };
    },
    /** Leaves a delete marker on top. */
    mark(
      { bucket, key, owner, modifiedAt }: Pick<DeleteMarker, 'bucket' | 'key' | 'owner' | 'modifiedAt'>,
      versioning: 'Enabled' | 'Suspended',
    ): { marker: DeleteMarker; dropped: string[] } {
      const { version, dropped } = makeRoom(bucket, key, versioning);
      const id = objects.nextId();
      insertMarker.run(id, bucket, Buffer.from(key), Math.floor(modifiedAt), version, owner);
      return { marker: { kind: 'marker', id, bucket, key, version, owner, modifiedAt }, dropped };
    },
    /** Removes one version for good, and brings back the one below when it was on top. */
    remove(version: Version): string[] {
      const dropped = remove(version);
      const { bucket, key } = version;
      if (objects.get(bucket, key)) return dropped;
      const row = newestOld.get(bucket, Buffer.from(key));
      if (row && row['marker'] === 0) {
        const id = Number(row['id']);
        restoreRow.run(id);
        deleteOld.run(id);
      }
      return dropped;
    },
    setTags({ id }: StoredObject, tags: readonly Tag[]): void {
      for (const statement of setTags) statement.run(writeTags(tags), id);
    },
    setLock({ id }: StoredObject, lock: Lock): void {
      for (const statement of setLock) statement.run(writeLock(lock), id);
    },
    setAcl({ id }: StoredObject, acl: Acl): void {
      for (const statement of setAcl) statement.run(writeJson(acl), id);
    },
    /** Every version from key `lower` on, the newest of a key first. */
    *scan(bucket: string, lower: Uint8Array): IterableIterator<VersionSummary> {
      const current = objects.scan(bucket, lower);
      try {
        let head = current.next();
        let previousKey: Buffer | undefined;
        for (const row of scanOld.iterate(bucket, lower)) {
          const old = readSummary(row);
          for (; !head.done && Buffer.compare(head.value.key, old.key) <= 0; head = current.next()) {
            yield { ...head.value, marker: false, latest: true };
            previousKey = head.value.key;
          }
          const latest = !(previousKey?.equals(old.key) ?? false);
          yield { ...old, marker: row['marker'] === 1, latest };
          previousKey = old.key;
        }
        for (; !head.done; head = current.next()) yield { ...head.value, marker: false, latest: true };
      } finally {
        current.return?.();
      }
    },
    isEmpty: (bucket: string): boolean => objects.isEmpty(bucket) && anyOld.get(bucket) === undefined,
  };
}
