/** What replaying needs of the store: earlier revisions, and events up to a size. */
import { describe, expect, it } from 'vitest';
import type { DeployedFunction } from '../../../runtime/core/types.ts';
import type { RecordedEvent } from '../../../runtime/store/store.ts';
import { deployed as deployedFunction } from '../what-if/support.ts';
import { openTestStore } from './harness.ts';

const deployed = (name: string, revision: string, deployedAt: number): DeployedFunction => {
  const base = deployedFunction({ name });
  return { ...base, revision: { ...base.revision, id: revision }, deployedAt };
};

const event = (overrides: Partial<RecordedEvent> = {}): RecordedEvent => ({
  requestId: 'r',
  function: 'hello',
  revision: 'r1',
  receivedAt: 1000,
  trigger: { type: 'http', source: 'GET /' },
  payload: Buffer.from('{"n":1}'),
  ...overrides,
});

describe('revisions', () => {
  it('are kept when another is deployed, latest first', () => {
    const { store } = openTestStore();
    for (const [at, id] of ['r1', 'r2', 'r1'].entries()) store.functions.save(deployed('hello', id, at));
    expect(store.functions.history('hello').map(({ revision }) => revision.id)).toEqual(['r1', 'r2']);
    expect(store.functions.all()).toHaveLength(1);
  });

  it('are forgotten but for the latest three, those that events ran on, and the present one', () => {
    const { store } = openTestStore();
    for (let at = 1; at <= 6; at += 1) store.functions.save(deployed('hello', `r${at}`, at));
    store.functions.save(deployed('gone', 'g1', 1));
    store.functions.remove('gone');
    store.recordedEvents.append(event({ revision: 'r2' }));
    store.recordedEvents.flush();
    expect([...store.functions.keepRevisions()].toSorted()).toEqual(['r2', 'r4', 'r5', 'r6']);
    expect(store.functions.history('hello')).toHaveLength(4);
    expect(store.functions.history('gone')).toEqual([]);
  });

  it('of an older data directory are those that were deployed', () => {
    const { store } = openTestStore();
    store.functions.save(deployed('hello', 'r1', 1));
    store.database.exec('DELETE FROM revisions');
    expect(store.functions.keepRevisions()).toEqual(new Set(['r1']));
  });
});

describe('recorded events', () => {
  it('come back as they were, newest first', () => {
    const { store } = openTestStore();
    const events = [1, 2, 3].map((at) => event({ requestId: `r${at}`, receivedAt: at }));
    for (const one of events) store.recordedEvents.append(one);
    store.recordedEvents.append(event({ function: 'other' }));
    const found = store.recordedEvents.newest({ function: 'hello', since: 2, limit: 10 });
    expect(found.map(({ requestId }) => requestId)).toEqual(['r3', 'r2']);
    expect(found[0]).toMatchObject({ revision: 'r1', trigger: { type: 'http', source: 'GET /' } });
    expect(Buffer.from(found[0]?.payload ?? []).toString()).toBe('{"n":1}');
  });

  it('are kept in batches of a revision, and every one comes back', () => {
    const { store } = openTestStore();
    for (let at = 0; at < 500; at += 1) {
      const payload = Buffer.from(JSON.stringify({ at, text: 'ä\n'.repeat(at % 7) }));
      const requestId = `r${at}`;
      store.recordedEvents.append(
        event({ requestId, receivedAt: at, payload, revision: at < 300 ? 'a' : null }),
      );
      if (at % 90 === 0) store.recordedEvents.flush();
    }
    const found = store.recordedEvents.newest({ function: 'hello', since: 150, limit: 1000 });
    expect(found).toHaveLength(350);
    expect(found.map(({ receivedAt }) => receivedAt)).toEqual(Array.from({ length: 350 }, (_, n) => 499 - n));
    for (const { payload, receivedAt, requestId, revision } of found) {
      expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({ at: receivedAt });
      expect(requestId).toBe(`r${receivedAt}`);
      expect(revision).toBe(receivedAt < 300 ? 'a' : null);
    }
    expect(store.recordedEvents.newest({ function: 'hello', limit: 3 })).toHaveLength(3);
  });

  it('are kept up to a number of bytes, the oldest go first', () => {
    const { store } = openTestStore();
    store.recordedEvents.limit(5000);
    for (let at = 0; at < 100; at += 1) {
      store.recordedEvents.append(event({ receivedAt: at, payload: Buffer.alloc(300, 120) }));
      store.recordedEvents.flush();
    }
    // 400 bytes an event, with what is noted beside it; the one across the bound stays.
    expect(store.recordedEvents.count()).toBe(13);
    expect(store.recordedEvents.newest({ function: 'hello', limit: 1 })[0]?.receivedAt).toBe(99);
  });
});
