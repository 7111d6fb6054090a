import { describe, expect, it } from 'vitest';
import { openStore } from '../../../runtime/store/open.ts';
import { silentLogger } from '../../../runtime/core/log.ts';
import type { Store } from '../../../runtime/store/store.ts';
import { allDue, makeEvent, openTestStore, tempDir, type TestStore } from './harness.ts';

const NONE: ReadonlySet<number> = new Set();

describe('event queue', () => {
  it('gives an event back as it was enqueued, with its time and no attempts', () => {
    const { store, clock } = openTestStore();
    const event = makeEvent({ parentRequestId: 'parent', payload: Uint8Array.from([0, 255, 128]) });
    store.queue.enqueue(event);
    const now = clock.now();
    expect(store.queue.due('resize', now, 10, NONE)).toEqual([
      {
        ...event,
        id: expect.any(Number),
        attempts: 0,
        failures: 0,
        orderKey: null,
        depth: 0,
        enqueuedAt: now,
        dueAt: now,
      },
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

describe('events of one order key', () => {
  const enqueueAll = (store: Store, ...keys: [requestId: string, orderKey: string | null][]): void => {
    for (const [requestId, orderKey] of keys) store.queue.enqueue(makeEvent({ requestId, orderKey }));
  };
  const due = ({ store, clock }: TestStore): string[] =>
    allDue(store.queue, clock.now()).map(({ requestId }) => requestId);
  const idOf = ({ store, clock }: TestStore, requestId: string): number =>
    allDue(store.queue, clock.now()).find((event) => event.requestId === requestId)?.id ?? -1;

  it('are due one after the other, whatever other keys do', () => {
    const test = openTestStore();
    enqueueAll(test.store, ['a1', 'a'], ['a2', 'a'], ['b1', 'b'], ['x', null], ['y', null], ['a3', 'a']);
    expect(due(test)).toEqual(['a1', 'b1', 'x', 'y']);
    test.store.queue.done(idOf(test, 'a1'));
    expect(due(test)).toEqual(['a2', 'b1', 'x', 'y']);
    test.store.queue.done(idOf(test, 'a2'));
    expect(due(test)).toEqual(['b1', 'x', 'y', 'a3']);
  });

  it('wait with the first of them while it finds no room', () => {
    const test = openTestStore();
    enqueueAll(test.store, ['a1', 'a'], ['a2', 'a'], ['b1', 'b']);
    test.store.queue.retryAt(idOf(test, 'a1'), test.clock.now() + 1000, 1);
    expect(due(test)).toEqual(['b1']);
    test.clock.advance(1000);
    expect(due(test)).toEqual(['a1', 'b1']);
  });

  it('pass one that ran and failed', () => {
    const test = openTestStore();
    enqueueAll(test.store, ['a1', 'a'], ['a2', 'a'], ['a3', 'a']);
    test.store.queue.failedUntil(idOf(test, 'a1'), test.clock.now() + 1000);
    expect(due(test)).toEqual(['a2']);
    test.clock.advance(1000);
    expect(due(test)).toEqual(['a1', 'a2']);
    expect(allDue(test.store.queue, test.clock.now())[0]).toMatchObject({ failures: 1, attempts: 1 });
  });

  it('of another function do not matter', () => {
    const test = openTestStore();
    for (const name of ['one', 'two'])
      test.store.queue.enqueue(makeEvent({ requestId: name, function: name, orderKey: 'a' }));
    expect(due(test)).toEqual(['one', 'two']);
  });

  it('keep their order over a restart', () => {
    const dataDir = tempDir();
    const first = openStore(dataDir, { log: silentLogger });
    enqueueAll(first, ['a1', 'a'], ['a2', 'a']);
    first.close();
    const second = openTestStore(dataDir);
    second.clock.advance(1e12);
    expect(due(second)).toEqual(['a1']);
  });

  it('are found without looking at those that wait behind', () => {
    const { store } = openTestStore();
    const plan = store.database
      .prepare(
        'EXPLAIN QUERY PLAN SELECT id FROM queued_events WHERE function = ? AND blocked = 0 AND +due_at <= ? ORDER BY id LIMIT 1',
      )
      .all()
      .map(({ detail }) => detail);
    expect(plan).toEqual(['SEARCH queued_events USING INDEX queued_events_ready (function=?)']);
  });
});

describe('dead events', () => {
  it('leave the queue with their reason, let their key go on, and can be delivered again', () => {
    const { store, clock } = openTestStore();
    for (const requestId of ['a1', 'a2']) store.queue.enqueue(makeEvent({ requestId, orderKey: 'a' }));
    const [first] = allDue(store.queue, clock.now());
    store.deadEvents.bury(first?.id ?? -1, 'it threw');
    expect(allDue(store.queue, clock.now()).map(({ requestId }) => requestId)).toEqual(['a2']);
    const [dead] = store.deadEvents.all();
    expect(dead).toMatchObject({ requestId: 'a1', reason: 'it threw', diedAt: clock.now() });
    expect(store.deadEvents.revive(dead?.id ?? -1)).toBe(true);
    expect(store.deadEvents.size()).toBe(0);
    const revived = allDue(store.queue, clock.now()).at(-1);
    expect(revived).toMatchObject({ function: 'resize', payload: first?.payload, depth: 0, failures: 0 });
    expect(revived?.requestId).not.toBe('a1');
    expect(store.deadEvents.revive(dead?.id ?? -1)).toBe(false);
  });

  it('are listed newest first, by function, and the oldest go when there are more than ten thousand', () => {
    const { store } = openTestStore();
    store.transaction(() => {
      for (let number = 0; number < 10_002; number++)
        store.deadEvents.add(makeEvent({ requestId: `r${number}` }), 'loop');
    });
    store.deadEvents.add(makeEvent({ requestId: 'other', function: 'other' }), 'loop');
    expect(store.deadEvents.size()).toBe(10_000);
    expect(store.deadEvents.all({ limit: 2 }).map(({ requestId }) => requestId)).toEqual(['other', 'r10001']);
    expect(store.deadEvents.all({ function: 'other' })).toHaveLength(1);
  });
});
