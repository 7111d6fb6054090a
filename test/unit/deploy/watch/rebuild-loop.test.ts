/** When saves lead to builds; time is the test's. */
import { expect, test } from 'vitest';
import { quietMs, RebuildLoop, type RebuildWork } from '../../../../runtime/deploy/watch/rebuild-loop.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function loopOf({ isHalfWritten = () => false }: { isHalfWritten?: () => boolean } = {}) {
  const clock = new FakeClock();
  const started = clock.now();
  const builds: (RebuildWork & { startedAt: number })[] = [];
  let finish: (() => void) | undefined;
  const loop = new RebuildLoop({
    clock,
    isHalfWritten,
    build: (work) => {
      builds.push({ ...work, savedAt: work.savedAt - started, startedAt: clock.now() - started });
      return new Promise((resolve) => (finish = resolve));
    },
  });
  return { clock, loop, builds, finish: () => finish?.() };
}

test('a save is built once, after a quiet moment', async () => {
  const { clock, loop, builds } = loopOf();
  loop.changed('a.ts');
  await clock.advance(9);
  expect(builds).toEqual([]);
  await clock.advance(1);
  expect(builds).toEqual([{ files: ['a.ts'], savedAt: 0, startedAt: 10 }]);
  await clock.advance(10_000);
  expect(builds).toHaveLength(1);
});

test('a burst of saves is built once, with all its files, counted from its first', async () => {
  const { clock, loop, builds } = loopOf();
  for (let save = 0; save < 20; save++) {
    loop.changed(`${save % 3}.ts`);
    await clock.advance(5);
  }
  await clock.advance(250);
  expect(builds).toMatchObject([{ files: ['0.ts', '1.ts', '2.ts'], savedAt: 0 }]);
});

test('saves during a build lead to exactly one more, when it is done', async () => {
  const { clock, loop, builds, finish } = loopOf();
  loop.changed('a.ts');
  await clock.advance(10);
  loop.changed('b.ts');
  await clock.advance(500);
  loop.changed('c.ts');
  await clock.advance(500);
  expect(builds).toHaveLength(1);
  finish();
  await clock.advance(10);
  expect(builds).toHaveLength(2);
  expect(builds[1]).toMatchObject({ files: ['b.ts', 'c.ts'], savedAt: 10 });
  finish();
  await clock.advance(10_000);
  expect(builds).toHaveLength(2);
});

test('what never stops writing is built all the same', async () => {
  const { clock, loop, builds } = loopOf();
  for (let written = 0; written < 1000 && builds.length === 0; written++) {
    loop.changed('log.txt');
    await clock.advance(4);
  }
  expect(builds[0]?.startedAt).toBeLessThanOrEqual(2010);
});

test('a file that is empty for a moment is waited for', async () => {
  let empty = true;
  const { clock, loop, builds } = loopOf({ isHalfWritten: () => empty });
  loop.changed('a.ts');
  await clock.advance(60);
  expect(builds).toEqual([]);
  empty = false;
  loop.changed('a.ts');
  await clock.advance(40);
  expect(builds).toMatchObject([{ files: ['a.ts'] }]);
});

test('a file that stays empty is what was saved', async () => {
  const { clock, loop, builds } = loopOf({ isHalfWritten: () => true });
  loop.changed('a.ts');
  await clock.advance(110);
  expect(builds).toHaveLength(1);
});

test('a build that failed is overtaken when another save comes within a moment', async () => {
  const { clock, loop, finish } = loopOf();
  loop.changed('a.ts');
  await clock.advance(10);
  const answers: boolean[] = [];
  void loop.isOvertaken().then((answer) => answers.push(answer));
  await clock.advance(9);
  loop.changed('a.ts');
  await clock.advance(1);
  expect(answers).toEqual([true]);
  finish();
  await clock.advance(10);
  void loop.isOvertaken().then((answer) => answers.push(answer));
  await clock.advance(10);
  expect(answers).toEqual([true, false]);
});

test('closing waits for the build under way and begins no other', async () => {
  const { clock, loop, builds, finish } = loopOf();
  loop.changed('a.ts');
  await clock.advance(10);
  loop.changed('b.ts');
  let closed = false;
  const closing = loop.close().then(() => (closed = true));
  await clock.advance(100);
  expect(closed).toBe(false);
  finish();
  await closing;
  loop.changed('c.ts');
  await clock.advance(10_000);
  expect(builds).toHaveLength(1);
});

test.each([
  { burstMs: 0, quiet: 10, why: 'a single save' },
  { burstMs: 8, quiet: 10, why: 'one that is written in parts' },
  { burstMs: 100, quiet: 50, why: 'a formatter at work' },
  { burstMs: 1000, quiet: 250, why: 'a checkout' },
  { burstMs: 1990, quiet: 10, why: 'something that goes on and on' },
  { burstMs: 5000, quiet: 0, why: 'long enough' },
])('after $burstMs ms of saves $quiet ms of quiet are enough: $why', ({ burstMs, quiet }) => {
  expect(quietMs(burstMs)).toBe(quiet);
});
