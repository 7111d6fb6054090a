import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { giveBackStartGarbage } from '../../../cli/start/start-garbage.ts';
import type { Runtime } from '../../../runtime/api.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** What the function looks at: what runs, and that calls end. */
function runtime() {
  const states = { first: 'idle' };
  const events = new EventEmitter();
  const instances = () => [{ state: states.first }];
  return { states, events, runtime: { events, instances } as unknown as Runtime };
}

const garbage = (): WeakRef<object> => new WeakRef({ left: 'behind' });

/** A weak reference holds until the task that made or read it has ended. */
const isGone = (ref: WeakRef<object>): boolean => ref.deref() === undefined;
const nextTask = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('garbage is collected when nothing was called for half a second', async () => {
  const ref = garbage();
  giveBackStartGarbage(runtime().runtime);
  await nextTask();
  vi.advanceTimersByTime(500);
  expect(isGone(ref)).toBe(true);
});

test('calls that run, and calls that have just ended, put it off', async () => {
  const ref = garbage();
  const { runtime: busy, states, events } = runtime();
  giveBackStartGarbage(busy);
  await nextTask();
  states.first = 'busy';
  vi.advanceTimersByTime(500);
  states.first = 'idle';
  vi.advanceTimersByTime(400);
  events.emit('record');
  vi.advanceTimersByTime(400);
  expect(isGone(ref)).toBe(false);
  await nextTask();
  vi.advanceTimersByTime(100);
  expect(isGone(ref)).toBe(true);
  expect(events.listenerCount('record')).toBe(0);
});
