import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  IllegalTransition,
  next,
  type InstanceEvent,
  type InstanceState,
} from '../../../runtime/instance/state.ts';

const starting: InstanceState = { name: 'starting', since: 0 };
const walk = (...events: InstanceEvent[]): InstanceState =>
  events.reduce<InstanceState>((state, event, index) => next(state, event, index + 1), starting);

const comingUp: InstanceEvent[] = [{ type: 'provisioned' }, { type: 'booted' }, { type: 'initialized' }];

describe('the states of an instance', () => {
  it('lead from starting to idle, each stamped with its time', () => {
    expect(walk(...comingUp)).toEqual({ name: 'idle', since: 3 });
  });

  it.each([
    ['idle', []],
    ['frozen', [{ type: 'froze' }]],
  ] as [string, InstanceEvent[]][])('lease from %s', (_from, events) => {
    expect(walk(...comingUp, ...events, { type: 'leased' }).name).toBe('busy');
  });

  it.each([
    ['a lease while busy', [...comingUp, { type: 'leased' }, { type: 'leased' }]],
    ['a second release', [...comingUp, { type: 'leased' }, { type: 'released' }, { type: 'released' }]],
    ['a lease while it initialises', [{ type: 'provisioned' }, { type: 'booted' }, { type: 'leased' }]],
    ['a lease after stop', [...comingUp, { type: 'stop', reason: 'idle' }, { type: 'leased' }]],
    ['freezing while busy', [...comingUp, { type: 'leased' }, { type: 'froze' }]],
  ] as [string, InstanceEvent[]][])('refuse %s', (_what, events) => {
    expect(() => walk(...events)).toThrow(IllegalTransition);
  });

  it('keep the first reason to stop', () => {
    const stopped = walk(
      ...comingUp,
      { type: 'stop', reason: 'timeout' },
      { type: 'stop', reason: 'shutdown' },
      { type: 'gone', reason: 'exit' },
    );
    expect(stopped).toMatchObject({ name: 'stopped', reason: 'timeout' });
  });

  it('never lead back from stopping, whatever comes', () => {
    const events: InstanceEvent[] = [
      ...comingUp,
      { type: 'leased' },
      { type: 'released' },
      { type: 'froze' },
      { type: 'stop', reason: 'exit' },
      { type: 'gone', reason: 'exit' },
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (sequence) => {
        let state: InstanceState = { name: 'stopping', reason: 'oom', since: 0 };
        for (const event of sequence) {
          try {
            state = next(state, event, 1);
          } catch (error) {
            expect(error).toBeInstanceOf(IllegalTransition);
          }
          expect(state).toMatchObject({ name: expect.stringMatching(/^stop/), reason: 'oom' });
        }
      }),
    );
  });
});
