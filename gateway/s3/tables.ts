/**
 * The S3 tables in the runtime's SQLite file, beside the event queue, so that an object and the events it
 * causes are one transaction. Keys are BLOBs: SQLite compares those byte by byte, which is S3's order.
 *
 * `s3_objects` holds current versions only, so that listings never meet old ones; ids tell their order.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Migration } from '../../runtime/store/migrate.ts';

export const MIGRATIONS: readonly Migration[] = [
  `
  CREATE TABLE s3_counter (value INTEGER NOT NULL) STRICT;
  INSERT INTO s3_counter VALUES (0);

  CREATE TABLE s3_buckets (
    name TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- id: taken from s3_counter at commit, hence also the order of commits.
  CREATE TABLE s3_objects (
    id INTEGER PRIMARY KEY,
    bucket TEXT NOT NULL,
    key BLOB NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified_at INTEGER NOT NULL,
    headers TEXT NOT NULL,
    storage_class TEXT NOT NULL,
    checksum TEXT,
    multipart INTEGER NOT NULL,
    UNIQUE (bucket, key)
  ) STRICT;

  -- The bytes of an object: one row, or one per part of a multipart upload.
  CREATE TABLE s3_object_parts (
    object INTEGER NOT NULL,
    number INTEGER NOT NULL,
    blob TEXT NOT NULL,
    start INTEGER NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (object, number)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX s3_object_parts_by_blob ON s3_object_parts (blob);

  -- completed: the object it became; the row stays a while for clients that repeat the completion.
  CREATE TABLE s3_uploads (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL,
    key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    headers TEXT NOT NULL,
    storage_class TEXT NOT NULL,
    checksum_algorithm TEXT,
    checksum_type TEXT,
    completed INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX s3_uploads_by_key ON s3_uploads (bucket, key, id);

  CREATE TABLE s3_upload_parts (
    upload TEXT NOT NULL,
    number INTEGER NOT NULL,
    blob TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    checksum TEXT,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX s3_upload_parts_by_blob ON s3_upload_parts (blob);
  `,
  `
  ALTER TABLE s3_buckets ADD COLUMN owner TEXT NOT NULL DEFAULT 'faas';
  `,
  `
  -- versioning: NULL, 'Enabled' or 'Suspended'. acl: grants as JSON; NULL stands for the owner's alone.
  ALTER TABLE s3_buckets ADD COLUMN versioning TEXT;
  ALTER TABLE s3_buckets ADD COLUMN acl TEXT;

  -- version: NULL is the version named null, of times without versioning.
  ALTER TABLE s3_objects ADD COLUMN version TEXT;
  ALTER TABLE s3_objects ADD COLUMN owner TEXT NOT NULL DEFAULT 'faas';
  ALTER TABLE s3_objects ADD COLUMN tags TEXT;
  ALTER TABLE s3_objects ADD COLUMN acl TEXT;
  ALTER TABLE s3_object_parts ADD COLUMN checksum TEXT;

  -- What versioning keeps: replaced objects, and all delete markers, also those that are current.
  CREATE TABLE s3_old_versions (
    id INTEGER PRIMARY KEY,
    bucket TEXT NOT NULL,
    key BLOB NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified_at INTEGER NOT NULL,
    headers TEXT NOT NULL,
    storage_class TEXT NOT NULL,
    checksum TEXT,
    multipart INTEGER NOT NULL,
    version TEXT,
    owner TEXT NOT NULL,
    tags TEXT,
    acl TEXT,
    marker INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX s3_old_versions_by_key ON s3_old_versions (bucket, key, id);

  ALTER TABLE s3_uploads ADD COLUMN owner TEXT NOT NULL DEFAULT 'faas';
  ALTER TABLE s3_uploads ADD COLUMN tags TEXT;
  ALTER TABLE s3_uploads ADD COLUMN acl TEXT;

  -- Settings that are kept as the document the client sent.
  CREATE TABLE s3_bucket_documents (
    bucket TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (bucket, name)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE s3_objects ADD COLUMN lock TEXT;
  ALTER TABLE s3_old_versions ADD COLUMN lock TEXT;
  ALTER TABLE s3_uploads ADD COLUMN lock TEXT;
  `,
];

/** The next number of a series that never repeats and never goes back, restarts included. */
export function takeNumber(database: DatabaseSync): () => number {
  const statement = database.prepare('UPDATE s3_counter SET value = value + 1 RETURNING value');
  return () => Number(statement.get()?.['value']);
}
