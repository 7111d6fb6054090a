import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admitWaiter,
  coldReason,
  isBetter,
  startsNeeded,
  type PoolView,
} from '../../../runtime/pool/select.ts';

const view = (over: Partial<PoolView>): PoolView => ({
  total: 0,
  live: 0,
  starting: 0,
  busy: 0,
  waiting: 0,
  concurrency: 10,
  perInstance: 1,
  queueLimit: 2,
  provisioned: 0,
  callMs: undefined,
  lineAgeMs: 0,
  startMs: undefined,
  parallelStarts: 100,
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
    ['no more side by side than there are cores', { waiting: 50, parallelStarts: 2 }, 2],
    ['the cores are at it already', { waiting: 50, total: 2, starting: 2, parallelStarts: 2 }, 0],
    ['an instance takes several calls', { waiting: 50, perInstance: 20 }, 3],
    ['the provisioned minimum without anyone waiting', { provisioned: 3, total: 1, live: 1 }, 2],
    ['the provisioned minimum within the limit', { provisioned: 12 }, 10],
    [
      'the line is served before a start would be',
      { waiting: 2, total: 1, busy: 1, live: 1, callMs: 5, startMs: 300 },
      0,
    ],
    [
      'calls are long: a start comes in time',
      { waiting: 2, total: 1, busy: 1, live: 1, callMs: 500, startMs: 300 },
      2,
    ],
    [
      'a second start would come late, behind the first',
      { waiting: 4, total: 1, busy: 1, live: 1, callMs: 100, startMs: 150, parallelStarts: 1 },
      1,
    ],
    [
      'nothing is known of the calls, and what is there has only begun',
      { waiting: 2, total: 1, busy: 1, live: 1, startMs: 300 },
      0,
    ],
    [
      'nothing is known of the calls, and the line has waited as long as a start would have taken',
      { waiting: 1, total: 1, busy: 1, live: 1, startMs: 300, lineAgeMs: 301 },
      1,
    ],
    [
      'nothing is known of the calls, and the line is so long that it must last longer than a start',
      { waiting: 19, total: 1, busy: 1, live: 1, startMs: 300, lineAgeMs: 40, parallelStarts: 2 },
      2,
    ],
    [
      'calls used to be short, but these are not',
      { waiting: 2, total: 1, busy: 1, live: 1, callMs: 5, startMs: 300, lineAgeMs: 400 },
      2,
    ],
    [
      'calls take a second: as many as the cores start side by side',
      { waiting: 19, total: 1, busy: 1, live: 1, callMs: 1000, startMs: 300, parallelStarts: 2 },
      2,
    ],
    [
      'calls take a second, and the line behind all that serves is short: still worth it',
      { waiting: 3, total: 5, busy: 5, live: 5, callMs: 1000, startMs: 300, parallelStarts: 2 },
      2,
    ],
  ] as [string, Partial<PoolView>, number][])('%s', (_what, over, expected) => {
    expect(startsNeeded(view(over))).toBe(expected);
  });

  const anyView = fc.record({
    total: fc.nat(20),
    live: fc.nat(20),
    starting: fc.nat(20),
    busy: fc.nat(20),
    waiting: fc.nat(100),
    concurrency: fc.nat(20),
    perInstance: fc.integer({ min: 1, max: 5 }),
    queueLimit: fc.nat(100),
    provisioned: fc.nat(5),
    lineAgeMs: fc.nat(1000),
    callMs: fc.option(fc.nat(1000), { nil: undefined }),
    startMs: fc.option(fc.nat(1000), { nil: undefined }),
    parallelStarts: fc.integer({ min: 1, max: 8 }),
  });

  it('never exceeds the concurrency, whatever is asked', () => {
    fc.assert(
      fc.property(anyView, (pool) => {
        const starts = startsNeeded(pool);
        expect(starts).toBeGreaterThanOrEqual(0);
        expect(starts).toBeLessThanOrEqual(Math.max(0, pool.concurrency - pool.total));
      }),
    );
  });

  it('always begins when someone waits, nothing serves and there is room', () => {
    fc.assert(
      fc.property(anyView, (any) => {
        const pool = {
          ...any,
          total: 0,
          live: 0,
          starting: 0,
          busy: 0,
          waiting: any.waiting + 1,
          concurrency: any.concurrency + 1,
        };
        expect(startsNeeded(pool)).toBeGreaterThan(0);
      }),
    );
  });
});

describe('choosing', () => {
  const at = (since: number, active = 0) => ({ active, state: { since } });

  it.each([
    ['anything is better than nothing', at(1), undefined, true],
    ['the most recently used', at(9), at(5), true],
    ['not the older one', at(5), at(9), false],
    ['the least loaded, however old', at(1, 1), at(9, 2), true],
    ['not the busier one', at(9, 2), at(1, 1), false],
  ] as const)('%s', (_what, one, other, expected) => {
    expect(isBetter(one, other)).toBe(expected);
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
