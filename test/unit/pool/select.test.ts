import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admitWaiter,
  coldReason,
  mostRecentlyUsed,
  startsNeeded,
  type PoolView,
} from '../../../runtime/pool/select.ts';

const view = (over: Partial<PoolView>): PoolView => ({
  total: 0,
  starting: 0,
  waiting: 0,
  concurrency: 10,
  queueLimit: 2,
  ...over,
});

describe('admission', () => {
  it.each([
    ['nothing runs yet', {}, 'wait'],
    ['all sandboxes busy, the line empty', { total: 10 }, 'wait'],
    ['all sandboxes busy, the line full', { total: 10, waiting: 2 }, 'throttle'],
    ['a sandbox is coming for each in line', { total: 10, starting: 5, waiting: 5 }, 'wait'],
    [
      'room for more sandboxes does not count as queued',
      { total: 4, starting: 4, waiting: 9, queueLimit: 0 },
      'wait',
    ],
    ['no line allowed and no room', { total: 10, queueLimit: 0 }, 'throttle'],
    ['concurrency 0 blocks all', { concurrency: 0, queueLimit: 100 }, 'throttle'],
  ] as [string, Partial<PoolView>, string][])('%s', (_what, over, expected) => {
    expect(admitWaiter(view(over))).toBe(expected);
  });
});

describe('starting', () => {
  it.each([
    ['one in line, none coming', { waiting: 1 }, 1],
    ['one in line, one coming', { waiting: 1, starting: 1, total: 1 }, 0],
    ['more in line than room', { waiting: 50, total: 8, starting: 2 }, 2],
    ['nobody waits', { total: 3 }, 0],
    ['full', { waiting: 50, total: 10 }, 0],
  ] as [string, Partial<PoolView>, number][])('%s', (_what, over, expected) => {
    expect(startsNeeded(view(over))).toBe(expected);
  });

  it('never exceeds the concurrency and never leaves room unused while someone waits', () => {
    const anyView = fc.record({
      total: fc.nat(20),
      starting: fc.nat(20),
      waiting: fc.nat(100),
      concurrency: fc.nat(20),
      queueLimit: fc.nat(100),
    });
    fc.assert(
      fc.property(anyView, (pool) => {
        const starts = startsNeeded(pool);
        expect(starts).toBeGreaterThanOrEqual(0);
        if (pool.total <= pool.concurrency) expect(pool.total + starts).toBeLessThanOrEqual(pool.concurrency);
        if (pool.total + starts < pool.concurrency)
          expect(pool.starting + starts).toBeGreaterThanOrEqual(pool.waiting);
      }),
    );
  });
});

describe('choosing', () => {
  it('takes the most recently used', () => {
    expect(mostRecentlyUsed([{ idleSince: 1 }, { idleSince: 9 }, { idleSince: 5 }])).toEqual({
      idleSince: 9,
    });
    expect(mostRecentlyUsed([])).toBeUndefined();
  });

  it.each([
    [{ othersLive: true, lastEnd: 'idle' }, 'scale-out'],
    [{ othersLive: false, lastEnd: null }, 'first'],
    [{ othersLive: false, lastEnd: 'idle' }, 'expired'],
    [{ othersLive: false, lastEnd: 'evicted' }, 'expired'],
    [{ othersLive: false, lastEnd: 'revision' }, 'new-revision'],
    [{ othersLive: false, lastEnd: 'timeout' }, 'crashed'],
    [{ othersLive: false, lastEnd: 'oom' }, 'crashed'],
    [{ othersLive: false, lastEnd: 'removed' }, 'crashed'],
  ] as const)('says why it is cold: %o is %s', (situation, expected) => {
    expect(coldReason(situation)).toBe(expected);
  });
});
