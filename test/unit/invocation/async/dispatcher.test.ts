import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Dispatcher } from '../../../../runtime/invocation/async/dispatcher.ts';
import type { Delivery } from '../../../../runtime/invocation/async/retry.ts';
import type { Target } from '../../../../runtime/invocation/async/targets.ts';
import { postToWebhook } from '../../../../runtime/invocation/async/webhook.ts';
import type { PendingEvent } from '../../../../runtime/store/store.ts';
import { silentLogger } from '../../../../runtime/core/log.ts';
import { makeEvent, openTestStore, type TestStore } from '../../store/harness.ts';

const FAILED: Delivery = { kind: 'failed', reason: 'it threw', retries: 2 };
const NO_ROOM: Delivery = { kind: 'no-room', reason: 'throttled' };

let test: TestStore;
let targets: Map<string, Target>;
let dispatcher: Dispatcher;
beforeEach(() => {
  test = openTestStore();
  targets = new Map();
  const { store, clock } = test;
  const { queue, deadEvents } = store;
  const context = { queue, deadEvents, clock, log: silentLogger };
  dispatcher = new Dispatcher({ ...context, targetOf: (name) => targets.get(name) });
});
afterEach(() => dispatcher.stop());

const enqueue = (requestId: string, orderKey: string | null = null): void => {
  test.store.queue.enqueue(makeEvent({ requestId, orderKey }));
  dispatcher.wake();
};

/** A target that notes what it gets and answers what the script says, in turn. */
function scripted(concurrency: number, ...answers: Delivery[]) {
  const got: string[] = [];
  targets.set('resize', {
    concurrency,
    deliver: ({ requestId }) => {
      got.push(requestId);
      return Promise.resolve(answers.shift() ?? { kind: 'delivered' });
    },
  });
  return got;
}

/** A target whose deliveries end when they are told to. */
function held(concurrency: number) {
  const running = new Map<string, (came: Delivery) => void>();
  targets.set('resize', {
    concurrency,
    deliver: ({ requestId }) => new Promise((resolve) => running.set(requestId, resolve)),
  });
  return {
    running: () => [...running.keys()],
    end(requestId: string, came: Delivery = { kind: 'delivered' }) {
      running.get(requestId)?.(came);
      running.delete(requestId);
    },
  };
}

describe('the dispatcher', () => {
  it('delivers what is queued, in order, and forgets it', async () => {
    const got = scripted(1);
    for (const id of ['a', 'b', 'c']) enqueue(id);
    dispatcher.start();
    await expect.poll(() => test.store.queue.size()).toBe(0);
    expect(got).toEqual(['a', 'b', 'c']);
  });

  it('has no more events in flight than the target may take', async () => {
    const target = held(2);
    for (const id of ['a', 'b', 'c']) enqueue(id);
    dispatcher.start();
    await expect.poll(target.running).toEqual(['a', 'b']);
    target.end('b');
    await expect.poll(target.running).toEqual(['a', 'c']);
    for (const id of ['a', 'c']) target.end(id);
  });

  it('delivers events of one key one after the other, and others beside them', async () => {
    const target = held(10);
    for (const [id, key] of Object.entries({ a1: 'a', a2: 'a', b1: 'b' })) enqueue(id, key);
    dispatcher.start();
    await expect.poll(target.running).toEqual(['a1', 'b1']);
    target.end('a1');
    await expect.poll(target.running).toEqual(['b1', 'a2']);
    for (const id of ['b1', 'a2']) target.end(id);
  });

  it('tries one that found no room again, before those behind it in its key', async () => {
    const got = scripted(1, NO_ROOM);
    enqueue('a1', 'a');
    enqueue('a2', 'a');
    dispatcher.start();
    await expect.poll(() => test.store.queue.nextDueAt(new Set())).toBe(test.clock.now() + 250);
    test.clock.advance(250);
    await expect.poll(() => test.store.queue.size()).toBe(0);
    expect(got).toEqual(['a1', 'a1', 'a2']);
  });

  it('tries a failed one twice more, after one minute and two, and then keeps it among the dead', async () => {
    const got = scripted(1, FAILED, FAILED, FAILED);
    enqueue('a');
    dispatcher.start();
    for (const [delayMs, attempts] of [
      [60_000, 1],
      [120_000, 2],
    ] as const) {
      await expect.poll(() => test.store.queue.nextDueAt(new Set())).toBe(test.clock.now() + delayMs);
      expect(got).toHaveLength(attempts);
      test.clock.advance(delayMs);
    }
    await expect.poll(() => test.store.deadEvents.size()).toBe(1);
    expect(test.store.deadEvents.all()).toMatchObject([{ requestId: 'a', reason: 'it threw', attempts: 2 }]);
    expect([got.length, test.store.queue.size()]).toEqual([3, 0]);
  });

  it('lets the followers of a failed one by', async () => {
    const got = scripted(1, FAILED);
    enqueue('a1', 'a');
    enqueue('a2', 'a');
    dispatcher.start();
    await expect.poll(() => got).toEqual(['a1', 'a2']);
    await expect.poll(() => test.store.queue.size()).toBe(1);
  });

  it('keeps the events of a function that is not there, until it is', async () => {
    enqueue('a');
    dispatcher.start();
    await expect.poll(() => test.store.queue.nextDueAt(new Set())).toBe(test.clock.now() + 250);
    const got = scripted(1);
    test.clock.advance(250);
    await expect.poll(() => got).toEqual(['a']);
  });

  it('gives up what has found no room for hours', async () => {
    scripted(1, NO_ROOM);
    enqueue('a');
    const [event] = test.store.queue.due('resize', test.clock.now(), 1, new Set());
    test.store.queue.retryAt(event?.id ?? -1, test.clock.now(), 719);
    dispatcher.start();
    await expect.poll(() => test.store.deadEvents.all()).toMatchObject([{ reason: 'throttled' }]);
  });

  it('leaves what its own stopping cut off in the queue as it was', async () => {
    const target = held(1);
    enqueue('a');
    dispatcher.start();
    await expect.poll(target.running).toEqual(['a']);
    const stopped = dispatcher.stop();
    target.end('a', NO_ROOM);
    await stopped;
    expect(test.store.queue.due('resize', test.clock.now(), 1, new Set())).toMatchObject([{ attempts: 0 }]);
  });
});

describe('a webhook', () => {
  const event = (): PendingEvent => ({
    ...makeEvent({ payload: Buffer.from('{"Records":[]}') }),
    id: 1,
    attempts: 0,
    failures: 0,
    enqueuedAt: 0,
    dueAt: 0,
    orderKey: null,
    depth: 0,
  });

  it.each([
    [204, { kind: 'delivered' }],
    [302, { kind: 'failed', retries: 2 }],
    [404, { kind: 'failed', retries: 2 }],
    [429, { kind: 'no-room' }],
    [503, { kind: 'no-room' }],
  ])('that answers %i: %o', async (status, came) => {
    let got = '';
    const server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => (got += chunk.toString()));
      request.on('end', () => response.writeHead(status, { location: '/elsewhere' }).end());
    }).listen(0);
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    expect(await postToWebhook(url, event())).toMatchObject(came);
    expect(got).toBe('{"Records":[]}');
    server.close();
  });

  it('that cannot be reached is tried again', async () => {
    expect(await postToWebhook('http://127.0.0.1:1/', event())).toMatchObject({ kind: 'no-room' });
  });
});
