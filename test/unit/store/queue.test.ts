import { describe, expect, it } from 'vitest';
import { openStore } from '../../../runtime/store/open.ts';
import { silentLogger } from '../../../runtime/core/log.ts';
import { allDue, makeEvent, openTestStore } from './harness.ts';

const NONE: ReadonlySet<number> = new Set();

describe('event queue', () => {
  it('gives an event back as it was enqueued, with its time and no attempts', () => {
    const { store, clock } = openTestStore();
    const event = makeEvent({ parentRequestId: 'parent', payload: Uint8Array.from([0, 255, 128]) });
    store.queue.enqueue(event);
    const now = clock.now();
    expect(store.queue.due('resize', now, 10, NONE)).toEqual([
      { ...event, id: expect.any(Number), attempts: 0, enqueuedAt: now, dueAt: now },
    ]);
  });

  it('gives the oldest first, in the order of the commits', () => {
    const { store, clock } = openTestStore();
    for (const requestId of ['a', 'b', 'c', 'd']) store.queue.enqueue(makeEvent({ requestId }));
    const due = store.queue.due('resize', clock.now(), 3, NONE);
    expect(due.map((event) => event.requestId)).toEqual(['a', 'b', 'c']);
  });

  it('passes over events in flight', () => {
    const { store, clock } = openTestStore();
    for (const requestId of ['a', 'b', 'c', 'd']) store.queue.enqueue(makeEvent({ requestId }));
    const inFlight = new Set(store.queue.due('resize', clock.now(), 2, NONE).map((event) => event.id));
    const due = store.queue.due('resize', clock.now(), 10, inFlight);
    expect(due.map((event) => event.requestId)).toEqual(['c', 'd']);
  });

  it('names the functions that have something to do, and no others', () => {
    const { store, clock } = openTestStore();
    for (const name of ['busy', 'later', 'ready']) {
      store.queue.enqueue(makeEvent({ function: name }));
      store.queue.enqueue(makeEvent({ function: name }));
    }
    const now = clock.now();
    for (const { id } of store.queue.due('later', now, 10, NONE)) store.queue.retryAt(id, now + 1, 1);
    const inFlight = new Set(store.queue.due('busy', now, 10, NONE).map((event) => event.id));
    expect(store.queue.functionsDue(now, inFlight)).toEqual(['ready']);
    expect(store.queue.functionsDue(now + 1, NONE)).toEqual(['busy', 'later', 'ready']);
  });

  it('names no function when empty', () => {
    const { store, clock } = openTestStore();
    expect(store.queue.functionsDue(clock.now(), NONE)).toEqual([]);
  });

  it('holds a retry back until its time, and counts the attempt', () => {
    const { store, clock } = openTestStore();
    store.queue.enqueue(makeEvent());
    const [event] = allDue(store.queue, clock.now());
    store.queue.retryAt(event!.id, clock.now() + 60_000, 1);
    expect(allDue(store.queue, clock.now() + 59_999)).toEqual([]);
    expect(allDue(store.queue, clock.now() + 60_000)).toMatchObject([{ id: event!.id, attempts: 1 }]);
  });

  it('says when the next event that is not in flight falls due', () => {
    const { store, clock } = openTestStore();
    expect(store.queue.nextDueAt(NONE)).toBeUndefined();
    store.queue.enqueue(makeEvent({ requestId: 'a' }));
    store.queue.enqueue(makeEvent({ requestId: 'b' }));
    const [a, b] = allDue(store.queue, clock.now());
    store.queue.retryAt(b!.id, clock.now() + 5000, 1);
    expect(store.queue.nextDueAt(NONE)).toBe(clock.now());
    expect(store.queue.nextDueAt(new Set([a!.id]))).toBe(clock.now() + 5000);
    expect(store.queue.nextDueAt(new Set([a!.id, b!.id]))).toBeUndefined();
  });

  it('forgets an event when it is done, and a removed function with all of its events', () => {
    const { store, clock } = openTestStore();
    for (const name of ['kept', 'removed', 'removed']) store.queue.enqueue(makeEvent({ function: name }));
    expect(store.queue.removeAll('removed')).toBe(2);
    expect(store.queue.size()).toBe(1);
    store.queue.done(allDue(store.queue, clock.now())[0]!.id);
    expect(store.queue.size()).toBe(0);
  });

  it('never gives an id twice, so that a late `done` cannot hit another event', () => {
    const { store, clock } = openTestStore();
    store.queue.enqueue(makeEvent());
    const [first] = allDue(store.queue, clock.now());
    store.queue.done(first!.id);
    store.queue.enqueue(makeEvent());
    const [second] = allDue(store.queue, clock.now());
    expect(second!.id).toBeGreaterThan(first!.id);
  });

  it('commits or vanishes with the transaction it is part of', () => {
    const { store } = openTestStore();
    const failing = () =>
      store.transaction(() => {
        store.queue.enqueue(makeEvent());
        throw new Error('on purpose');
      });
    expect(failing).toThrow('on purpose');
    expect(store.queue.size()).toBe(0);
    store.transaction(() => store.queue.enqueue(makeEvent()));
    expect(store.queue.size()).toBe(1);
  });

  it('has what was in flight pending again after a restart', () => {
    const { store, dataDir, clock } = openTestStore();
    store.queue.enqueue(makeEvent({ requestId: 'a' }));
    allDue(store.queue, clock.now());
    store.close();
    const reopened = openStore(dataDir, { log: silentLogger });
    expect(allDue(reopened.queue, Infinity).map((event) => event.requestId)).toEqual(['a']);
    reopened.close();
  });
});
