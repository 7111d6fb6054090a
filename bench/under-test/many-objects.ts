/** A bucket with a million keys, made in the database of a runtime that is down: a listing looks at no file. */
import { openStore } from '../../runtime/store/open.ts';
import { silentLogger } from '../../runtime/core/log.ts';

/** Multiplies the one object in `bucket` to `count` of them, in a thousand folders. */
export function multiplyObject(dataDir: string, bucket: string, count: number): void {
  const store = openStore(dataDir, { log: silentLogger });
  try {
    const { database } = store;
    // It is made anew when anything goes wrong: each page is written once, and nothing waits for the disk.
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -100000');
    const columns = database
      .prepare("SELECT name FROM pragma_table_info('s3_objects')")
      .all()
      .map(({ name }) => String(name));
    const own: Record<string, string> = {
      id: '(SELECT value FROM s3_counter) + n',
      key: "CAST(format('d%03d/file-%08d.jpg', n % 1000, n) AS BLOB)",
    };
    const selected = columns.map((name) => own[name] ?? name).join(', ');
    store.transaction(() => {
      const insert = database.prepare(
        `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
         INSERT INTO s3_objects (${columns.join(', ')})
         SELECT ${selected} FROM numbers, (SELECT * FROM s3_objects WHERE bucket = ? LIMIT 1)`,
      );
      insert.run(count, bucket);
      database.prepare('UPDATE s3_counter SET value = value + ?').run(count);
    });
  } finally {
    store.close();
  }
}
