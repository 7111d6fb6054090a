/**
 * Makes committed rows reach the disk before they are acknowledged. SQLite itself would wait for the disk at every
 * commit, and everybody with it; one flush of its log here serves all that committed before it began.
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

export interface Durability {
  /** Resolves when everything committed before this call is on the disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** What a store is that promises no more than to outlive its process. */
export const NOT_DURABLE: Durability = { flush: async () => {}, close: async () => {} };

/** @param log SQLite's write-ahead log, `faas.db-wal`; it stays the same file while the database is open */
export function createDurability(log: string): Durability {
  let file: Promise<FileHandle> | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function flushNow(): Promise<void> {
    file ??= open(log, 'r+');
    try {
      await (await file).datasync();
    } catch (error) {
      // It may have been a shortage of handles: the next flush opens it anew.
      await (await file?.catch(() => undefined))?.close();
      file = undefined;
      throw error;
    }
  }

  function start(): Promise<void> {
    running = flushNow().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    flush() {
      if (!running) return start();
      // The one that runs may have begun before the caller's commit: the next one has not.
      next ??= running
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return start();
        });
      return next;
    },
    async close() {
      await running?.catch(() => undefined);
      await (await file?.catch(() => undefined))?.close();
    },
  };
}
