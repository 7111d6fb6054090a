/** The rows of multipart uploads and their parts. Callers bring the transaction. */
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Acl } from './acl.ts';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import { parseAlgorithm } from './checksums.ts';
import type { Lock } from './lock.ts';
import type { ObjectHeaders } from './objects.ts';
import {
  readAcl,
  readChecksum,
  readHeaders,
  readKey,
  readTags,
  writeJson,
  writeTags,
  readLock,
  writeLock,
} from './rows.ts';
import type { Tag } from './tags.ts';

export interface Upload {
  id: string;
  bucket: string;
  key: string;
  createdAt: number;
  headers: ObjectHeaders;
  storageClass: string;
  owner: string;
  tags: readonly Tag[];
  acl: Acl | undefined;
  lock: Lock;
  checksum: { algorithm: ChecksumAlgorithm; type: ChecksumType } | undefined;
  /** The id of the object it became. */
  completed: number | undefined;
}

export interface UploadPart {
  number: number;
  blob: string;
  size: number;
  /** Without quotes. */
  etag: string;
  checksum: Checksum | undefined;
  modifiedAt: number;
}

export type Uploads = ReturnType<typeof createUploads>;

export function createUploads(database: DatabaseSync) {
  const insert = database.prepare(
    `INSERT INTO s3_uploads (id, bucket, key, created_at, headers, storage_class, checksum_algorithm,
       checksum_type, owner, tags, acl, lock)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = database.prepare('SELECT * FROM s3_uploads WHERE id = ?');
  const selectOpen = database.prepare(
    'SELECT * FROM s3_uploads WHERE bucket = ? AND key >= ? AND completed IS NULL ORDER BY key, created_at, id',
  );
  const complete = database.prepare('UPDATE s3_uploads SET completed = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM s3_uploads WHERE id = ?');
  const removeIn = database.prepare('DELETE FROM s3_uploads WHERE bucket = ? RETURNING id');
  const prune = database.prepare('DELETE FROM s3_uploads WHERE completed IS NOT NULL AND created_at < ?');
  const selectParts = database.prepare(
    'SELECT * FROM s3_upload_parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?',
  );
  const selectPart = database.prepare('SELECT blob FROM s3_upload_parts WHERE upload = ? AND number = ?');
  const insertPart = database.prepare(
    `INSERT OR REPLACE INTO s3_upload_parts (upload, number, blob, size, etag, checksum, modified_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const removeParts = database.prepare('DELETE FROM s3_upload_parts WHERE upload = ? RETURNING blob');
  const byBlob = database.prepare('SELECT 1 FROM s3_upload_parts WHERE blob = ?');

  const dropParts = (upload: string): string[] => removeParts.all(upload).map((row) => String(row['blob']));

  return {
    create(draft: Omit<Upload, 'id' | 'completed'>): Upload {
      const upload: Upload = { ...draft, id: randomBytes(24).toString('base64url'), completed: undefined };
      insert.run(
        upload.id,
        upload.bucket,
        Buffer.from(upload.key),
        Math.floor(upload.createdAt),
        JSON.stringify(upload.headers),
        upload.storageClass,
        upload.checksum?.algorithm ?? null,
        upload.checksum?.type ?? null,
        upload.owner,
        writeTags(upload.tags),
        writeJson(upload.acl),
        writeLock(upload.lock),
      );
      return upload;
    },
    get(id: string): Upload | undefined {
      const row = select.get(id);
      return row && readUpload(row);
    },
    /** Uploads under way, in key order, from `lower` on. */
    *scan(bucket: string, lower: Uint8Array): IterableIterator<Upload> {
      for (const row of selectOpen.iterate(bucket, lower)) yield readUpload(row);
    },
    /** Returns the blob it takes the place of, if any, to be discarded after the commit. */
    putPart(upload: string, part: UploadPart): string[] {
      const previous = selectPart.get(upload, part.number);
      insertPart.run(
        upload,
        part.number,
        part.blob,
        part.size,
        part.etag,
        writeJson(part.checksum),
        Math.floor(part.modifiedAt),
      );
      return previous ? [String(previous['blob'])] : [];
    },
    parts: (upload: string, after = 0, limit = -1): UploadPart[] =>
      selectParts.all(upload, after, limit).map(readPart),
    /** Keeps the upload's row, so that a repeated completion can be answered; returns every part's blob. */
    complete(upload: string, object: number): string[] {
      complete.run(object, upload);
      return dropParts(upload);
    },
    /** Returns the blobs to discard after the commit. */
    abort(upload: string): string[] {
      remove.run(upload);
      return dropParts(upload);
    },
    abortAll: (bucket: string): string[] =>
      removeIn.all(bucket).flatMap((row) => dropParts(String(row['id']))),
    pruneCompleted: (before: number): void => void prune.run(Math.floor(before)),
    hasBlob: (blob: string): boolean => byBlob.get(blob) !== undefined,
  };
}

function readUpload(row: Record<string, unknown>): Upload {
  const name = row['checksum_algorithm'];
  const algorithm = typeof name === 'string' ? parseAlgorithm(name) : undefined;
  return {
    id: String(row['id']),
    bucket: String(row['bucket']),
    key: readKey(row['key']).toString(),
    createdAt: Number(row['created_at']),
    headers: readHeaders(row['headers']),
    storageClass: String(row['storage_class']),
    owner: String(row['owner']),
    tags: readTags(row['tags']),
    acl: readAcl(row['acl']),
    lock: readLock(row['lock']),
    checksum: algorithm && {
      algorithm,
      type: row['checksum_type'] === 'COMPOSITE' ? 'COMPOSITE' : 'FULL_OBJECT',
    },
    completed: row['completed'] === null ? undefined : Number(row['completed']),
  };
}

const readPart = (row: Record<string, unknown>): UploadPart => ({
  number: Number(row['number']),
  blob: String(row['blob']),
  size: Number(row['size']),
  etag: String(row['etag']),
  checksum: readChecksum(row['checksum']),
  modifiedAt: Number(row['modified_at']),
});
