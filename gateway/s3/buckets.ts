/** The rows of buckets, and the documents with their settings. */
import type { DatabaseSync } from 'node:sqlite';
import type { Acl } from './acl.ts';
import type { Versioning } from './history.ts';
import { readAcl, writeJson } from './rows.ts';
import type { Row } from './rows.ts';

export interface Bucket {
  name: string;
  /** Epoch milliseconds. */
  createdAt: number;
  /** The account that created it. */
  owner: string;
  versioning: Versioning;
  /** Undefined: the owner's alone. */
  acl: Acl | undefined;
}

export function createBuckets(database: DatabaseSync) {
  const insert = database.prepare(
    'INSERT OR IGNORE INTO s3_buckets (name, created_at, owner) VALUES (?, ?, ?)',
  );
  const select = database.prepare('SELECT * FROM s3_buckets WHERE name = ?');
  const selectAll = database.prepare('SELECT * FROM s3_buckets ORDER BY name');
  const remove = database.prepare('DELETE FROM s3_buckets WHERE name = ?');
  const setVersioning = database.prepare('UPDATE s3_buckets SET versioning = ? WHERE name = ?');
  const setAcl = database.prepare('UPDATE s3_buckets SET acl = ? WHERE name = ?');
  const selectDocument = database.prepare(
    'SELECT document FROM s3_bucket_documents WHERE bucket = ? AND name = ?',
  );
  const insertDocument = database.prepare(
    'INSERT OR REPLACE INTO s3_bucket_documents (bucket, name, document) VALUES (?, ?, ?)',
  );
  const removeDocument = database.prepare('DELETE FROM s3_bucket_documents WHERE bucket = ? AND name = ?');
  const removeDocuments = database.prepare('DELETE FROM s3_bucket_documents WHERE bucket = ?');
  const selectNames = database.prepare('SELECT name FROM s3_bucket_documents WHERE bucket = ? ORDER BY name');

  const known = createMemory(database);

  return {
    /** False when it was there before. */
    create({ name, createdAt, owner }: Pick<Bucket, 'name' | 'createdAt' | 'owner'>): boolean {
      known.forget();
      return Number(insert.run(name, Math.floor(createdAt), owner).changes) > 0;
    },
    get: (name: string): Bucket | undefined =>
      known.recall(`bucket ${name}`, () => {
        const row = select.get(name);
        return row && readBucket(row);
      }),
    all: (): Bucket[] => selectAll.all().map(readBucket),
    delete(name: string): void {
      known.forget();
      remove.run(name);
      removeDocuments.run(name);
    },
    setVersioning(name: string, versioning: 'Enabled' | 'Suspended'): void {
      known.forget();
      setVersioning.run(versioning, name);
    },
    setAcl(name: string, acl: Acl): void {
      known.forget();
      setAcl.run(writeJson(acl), name);
    },
    /** A setting as it was sent, such as `cors`, or undefined. */
    document: (bucket: string, name: string): string | undefined =>
      known.recall(`document ${bucket} ${name}`, () => {
        const row = selectDocument.get(bucket, name);
        return row && String(row['document']);
      }),
    documentNames: (bucket: string): string[] => selectNames.all(bucket).map((row) => String(row['name'])),
    setDocument(bucket: string, name: string, document: string): void {
      known.forget();
      insertDocument.run(bucket, name, document);
    },
    removeDocument(bucket: string, name: string): void {
      known.forget();
      removeDocument.run(bucket, name);
    },
  };
}

const MOST_KNOWN = 1000;

/**
 * What was read of buckets: each request looks at its bucket several times, and few ever change. Every change
 * forgets all of it, and nothing is remembered inside a transaction, which may be rolled back.
 */
function createMemory(database: DatabaseSync) {
  const values = new Map<string, unknown>();
  return {
    /** The cast: a key names what `read` reads, and nothing else is kept under it. */
    recall<T>(key: string, read: () => T): T {
      if (values.has(key)) return values.get(key) as T;
      const value = read();
      if (values.size >= MOST_KNOWN) values.clear();
      if (!database.isTransaction) values.set(key, value);
      return value;
    },
    forget: (): void => values.clear(),
  };
}

const readBucket = (row: Row): Bucket => ({
  name: String(row['name']),
  createdAt: Number(row['created_at']),
  owner: String(row['owner']),
  versioning:
    row['versioning'] === 'Enabled' || row['versioning'] === 'Suspended' ? row['versioning'] : undefined,
  acl: readAcl(row['acl']),
});
