import { expect, it } from 'vitest';
import { release } from '../../../runtime/core/release.ts';

it('what owns its memory gives it back, what lies in a larger buffer does not', () => {
  const own = Buffer.from(new ArrayBuffer(100_000));
  const shared = Buffer.from(new ArrayBuffer(100)).subarray(0, 50);
  release([own, shared]);
  expect([own.length, shared.length]).toEqual([0, 50]);
});
