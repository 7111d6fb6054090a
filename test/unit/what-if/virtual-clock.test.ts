import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../../runtime/what-if/virtual-clock.ts';

test('timers run in the order of their time, and those of one moment in the order they were set', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 }), (delays) => {
      const clock = new VirtualClock(1000);
      const ran: { at: number; order: number }[] = [];
      for (const [order, ms] of delays.entries()) clock.after(ms, () => ran.push({ at: clock.now(), order }));
      while (clock.runNext(Infinity));
      const expected = delays
        .map((ms, order) => ({ at: 1000 + ms, order }))
        .toSorted((a, b) => a.at - b.at || a.order - b.order);
      expect(ran).toEqual(expected);
    }),
  );
});

test('a timer that was cancelled does not run, however many were', () => {
  const clock = new VirtualClock(0);
  let ran = 0;
  for (let index = 0; index < 20_000; index += 1) {
    const cancel = clock.after(20_000 - index, () => (ran += 1));
    if (index % 10 !== 0) cancel();
  }
  while (clock.runNext(Infinity));
  expect(ran).toBe(2000);
});

test('nothing beyond the limit runs, and time stands where it was put', () => {
  const clock = new VirtualClock(0);
  const ran: string[] = [];
  clock.after(10, () => ran.push('ten'));
  clock.after(11, () => ran.push('eleven'));
  while (clock.runNext(10));
  clock.moveTo(10.5);
  expect(ran).toEqual(['ten']);
  expect(clock.now()).toBe(10.5);
});

test('a timer set by a timer runs in the same sweep when it is due', () => {
  const clock = new VirtualClock(0);
  const ran: number[] = [];
  clock.after(5, () => clock.after(0, () => ran.push(clock.now())));
  while (clock.runNext(5));
  expect(ran).toEqual([5]);
});
