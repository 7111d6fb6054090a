/**
 * The states of an instance and the only ways between them.
 *
 *     starting → booting → initializing → idle ⇄ busy,  idle → frozen → busy,  any → stopping → stopped
 *
 * A prewarmed sandbox has booted before: it goes from starting to initializing.
 *
 * 1. Only idle or frozen can be leased. 2. A lease ends once: a second `released` throws.
 * 3. `stopping` never leads back. 4. The first reason to stop wins.
 */
import type { EndReason, InstanceStateName } from '../core/types.ts';

interface Since {
  /** Epoch milliseconds at which the state was entered. */
  since: number;
}

export type InstanceState = Since &
  (
    | { name: 'starting' | 'booting' | 'initializing' | 'idle' | 'busy' | 'frozen' }
    | { name: 'stopping' | 'stopped'; reason: EndReason }
  );

export type InstanceEvent =
  | { type: 'provisioned' }
  | { type: 'booted' }
  | { type: 'initialized' }
  | { type: 'leased' }
  | { type: 'released' }
  | { type: 'froze' }
  | { type: 'stop'; reason: EndReason }
  | { type: 'gone'; reason: EndReason };

export class IllegalTransition extends Error {
  override readonly name = 'IllegalTransition';
}

/** The state after `event`; the same object where a repeated stop changes nothing. */
export function next(state: InstanceState, event: InstanceEvent, now: number): InstanceState {
  switch (event.type) {
    case 'provisioned':
      return from(state, event, ['starting'], { name: 'booting', since: now });
    case 'booted':
      return from(state, event, ['booting', 'starting'], { name: 'initializing', since: now });
    case 'initialized':
      return from(state, event, ['initializing'], { name: 'idle', since: now });
    case 'leased':
      return from(state, event, ['idle', 'frozen'], { name: 'busy', since: now });
    case 'released':
      return from(state, event, ['busy'], { name: 'idle', since: now });
    case 'froze':
      return from(state, event, ['idle'], { name: 'frozen', since: now });
    case 'stop':
      return isEnding(state) ? state : { name: 'stopping', since: now, reason: event.reason };
    case 'gone':
      if (state.name === 'stopped') return state;
      return { name: 'stopped', since: now, reason: state.name === 'stopping' ? state.reason : event.reason };
  }
}

/** True once the instance is on its way out. */
export const isEnding = (state: InstanceState): state is InstanceState & { reason: EndReason } =>
  state.name === 'stopping' || state.name === 'stopped';

function from(
  state: InstanceState,
  event: InstanceEvent,
  allowed: InstanceStateName[],
  to: InstanceState,
): InstanceState {
  if (allowed.includes(state.name)) return to;
  throw new IllegalTransition(`'${event.type}' needs ${allowed.join(' or ')}, the instance is ${state.name}`);
}
