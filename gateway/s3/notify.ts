/** Turns what happened to an object into pending events, inside the transaction that made it happen. */
import type { Runtime } from '../../runtime/api.ts';
import type { Clock } from '../../runtime/core/clock.ts';
import { newRequestId } from '../../runtime/core/ids.ts';
import { eventPayload, matchFunctions } from './events.ts';
import type { EventOrigin, ObjectEvent } from './events.ts';
import { OWNER } from './owner.ts';

export interface Cause extends Omit<EventOrigin, 'at' | 'region' | 'ownerId'> {
  parentRequestId: string | null;
  /** Replaces what triggers say: this function gets the event, whether or not it matches. */
  to?: string;
}

/** Enqueues one event for each function concerned; returns the request ids of their invocations. */
export type Notify = (event: ObjectEvent, cause: Cause) => string[];

export function createNotify(
  runtime: Pick<Runtime, 'config' | 'functions' | 'enqueue'>,
  clock: Clock,
): Notify {
  const recipients = (event: ObjectEvent, to: string | undefined): string[] =>
    to === undefined ? matchFunctions(runtime.functions(), event) : [to];
  return (event, { to, parentRequestId, ...cause }) => {
    const origin: EventOrigin = {
      ...cause,
      at: clock.now(),
      region: runtime.config.region,
      ownerId: OWNER.ID,
    };
    return recipients(event, to).map((name) => {
      const requestId = newRequestId();
      runtime.enqueue({
        requestId,
        function: name,
        payload: eventPayload(event, origin, `faas-${name}`),
        trigger: { type: 's3', source: event.bucket },
        parentRequestId,
      });
      return requestId;
    });
  };
}
