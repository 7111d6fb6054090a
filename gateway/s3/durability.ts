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
  const flush = shared(async () => {
    file ??= open(log, 'r+');
    try {
      await (await file).datasync();
    } catch (error) {
      // It may have been a shortage of handles: the next flush opens it anew.
      await (await file?.catch(() => undefined))?.close();
      file = undefined;
      throw error;
    }
  });
  return {
    flush,
    async close() {
      await (await file?.catch(() => undefined))?.close();
    },
  };
}

/** One flush for all who ask while another runs: that one may have begun before what they wrote, the next has not. */
export function shared(flush: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function start(): Promise<void> {
    running = flush().finally(() => {
      running = undefined;
    });
    return running;
  }

  return () => {
    if (!running) return start();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  };
}
