/** The notification configurations of buckets, kept beside their objects. */
import type { Store } from '../../runtime/store/store.ts';
import { migrate } from '../../runtime/store/migrate.ts';
import type { BucketNotifications } from './notification-document.ts';

const NO_NOTIFICATIONS: BucketNotifications = { rules: [], eventBridge: false };

/** They go with their bucket. */
const MIGRATIONS = [
  `CREATE TABLE s3_notifications (
    bucket TEXT PRIMARY KEY,
    configuration TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER s3_notifications_with_bucket AFTER DELETE ON s3_buckets
  BEGIN
    DELETE FROM s3_notifications WHERE bucket = OLD.name;
  END;`,
];

export interface Notifications {
  get(bucket: string): BucketNotifications;
  put(bucket: string, notifications: BucketNotifications): void;
}

/** Call it after the tables of buckets are there. */
export function createNotifications(store: Pick<Store, 'database' | 'transaction'>): Notifications {
  migrate(store, 's3-notifications', MIGRATIONS);
  const { database } = store;
  const select = database.prepare('SELECT configuration FROM s3_notifications WHERE bucket = ?');
  const replace = database.prepare(
    'INSERT OR REPLACE INTO s3_notifications (bucket, configuration) VALUES (?, ?)',
  );
  return {
    get(bucket) {
      const row = select.get(bucket);
      // The cast: only `put` writes the column.
      return row ? (JSON.parse(String(row['configuration'])) as BucketNotifications) : NO_NOTIFICATIONS;
    },
    put: (bucket, notifications) => void replace.run(bucket, JSON.stringify(notifications)),
  };
}
