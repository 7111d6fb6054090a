import { describe, expect, it } from 'vitest';
import { isWorthRetrying, storeError } from '../../../runtime/store/store-error.ts';

const sqlite = (errcode: number) =>
  Object.assign(new Error('what SQLite said'), { errcode, errstr: 'as text' });

describe('SQLite errors', () => {
  it.each([
    ['busy', 5, /Try again/, true],
    ['locked', 6, /Try again/, true],
    ['read-only', 8, /owner and mode/, false],
    ['I/O (extended code)', 10 | (3 << 8), /Check the disk/, true],
    ['corrupt', 11, /Move .*faas\.db/, false],
    ['full', 13, /Free some space/, true],
    ['cannot open', 14, /--data-dir/, false],
    ['constraint', 19, /defect/, false],
    ['not a database', 26, /Move .*faas\.db/, false],
  ])('say the remedy: %s', (_, errcode, remedy, retry) => {
    const error = storeError(sqlite(errcode), '/data/faas.db');
    expect(error).toMatchObject({
      code: 'StoreFailed',
      message: '/data/faas.db: what SQLite said',
      got: `SQLite error ${errcode}, as text`,
      remedy: expect.stringMatching(remedy),
      cause: sqlite(errcode),
    });
    expect(isWorthRetrying(error)).toBe(retry);
    expect(isWorthRetrying(sqlite(errcode))).toBe(retry);
  });

  it('of others pass unchanged', () => {
    const error = new TypeError('not ours');
    expect(storeError(error, 'f')).toBe(error);
    expect(isWorthRetrying(error)).toBe(false);
  });
});
