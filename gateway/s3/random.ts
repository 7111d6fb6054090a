import { randomFillSync } from 'node:crypto';

/** Asking the system costs ten microseconds whatever the amount, and every request needs a few bytes. */
const pool = Buffer.alloc(8192);
let used = pool.length;

/** Random bytes fit for names that must not be guessed. Each is given out once. */
export function randomBytesOf(size: number): Buffer {
  if (used + size > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + size));
  pool.fill(0, used, used + size);
  used += size;
  return bytes;
}
