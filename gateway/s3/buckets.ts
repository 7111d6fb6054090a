/** The rows of buckets. */
import type { DatabaseSync } from 'node:sqlite';

export interface Bucket {
  name: string;
  /** Epoch milliseconds. */
  createdAt: number;
  /** The account that created it. */
  owner: string;
}

export function createBuckets(database: DatabaseSync) {
  const insert = database.prepare(
    'INSERT OR IGNORE INTO s3_buckets (name, created_at, owner) VALUES (?, ?, ?)',
  );
  const select = database.prepare('SELECT name, created_at, owner FROM s3_buckets WHERE name = ?');
  const selectAll = database.prepare('SELECT name, created_at, owner FROM s3_buckets ORDER BY name');
  const remove = database.prepare('DELETE FROM s3_buckets WHERE name = ?');
  const read = (row: Record<string, unknown>): Bucket => ({
    name: String(row['name']),
    createdAt: Number(row['created_at']),
    owner: String(row['owner']),
  });
  return {
    /** False when it was there before. */
    create: ({ name, createdAt, owner }: Bucket): boolean =>
      Number(insert.run(name, Math.floor(createdAt), owner).changes) > 0,
    get(name: string): Bucket | undefined {
      const row = select.get(name);
      return row && read(row);
    },
    all: (): Bucket[] => selectAll.all().map(read),
    delete: (name: string): void => void remove.run(name),
  };
}
