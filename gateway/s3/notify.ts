/** Turns what happened to an object into pending events, inside the transaction that made it happen. */
import type { Runtime } from '../../runtime/api.ts';
import type { Clock } from '../../runtime/core/clock.ts';
import { newRequestId } from '../../runtime/core/ids.ts';
import { endsChain, MAX_CHAIN } from '../../runtime/invocation/async/recursion.ts';
import { isWebhook, webhookTarget } from '../../runtime/invocation/async/targets.ts';
import type { QueuedEvent } from '../../runtime/store/store.ts';
import { bridgeEvent } from './event-bridge.ts';
import { eventRecord } from './events.ts';
import type { EventOrigin, ObjectEvent } from './events.ts';
import { fixedRules, rulesFor } from './notification-rules.ts';
import type { Rule } from './notification-rules.ts';
import type { Notifications } from './notifications.ts';
import { OWNER } from './owner.ts';

export interface Cause extends Omit<EventOrigin, 'at' | 'region' | 'ownerId'> {
  parentRequestId: string | null;
  /** Replaces what rules say: this function gets the event, whether or not it matches. */
  to?: string;
}

export interface Notify {
  /** Enqueues one event for each target concerned; returns the request ids of what they cause. */
  (event: ObjectEvent, cause: Cause): string[];
  /** Enqueues a document that tells of no object. */
  send(to: string, bucket: string, document: object): void;
  /** What the configuration file says of a bucket. */
  fixedRules(bucket: string): Rule[];
  isTarget(to: string): boolean;
  readonly hasEventBridge: boolean;
}

type NotifyRuntime = Pick<
  Runtime,
  'config' | 'enqueue' | 'function' | 'functions' | 'log' | 'running' | 'store'
>;

/** Why a target gets an event: the rule's id and, for messages, what the rule looks for. */
interface Recipient {
  to: string;
  id: string;
  filter: string;
  payload: object;
}

export interface NotifyParts {
  runtime: NotifyRuntime;
  notifications: Notifications;
  buckets: { get(name: string): { owner: string } | undefined };
  clock: Pick<Clock, 'now'>;
}

export function createNotify({ runtime, notifications, buckets, clock }: NotifyParts): Notify {
  const { region, s3 } = runtime.config;
  const { webhooks = [], eventBridge = [] } = s3;

  function recipientsOf(event: ObjectEvent, origin: EventOrigin, to: string | undefined): Recipient[] {
    const asRecord = (id: string): object => ({ Records: [eventRecord(event, origin, id)] });
    if (to !== undefined) {
      const id = `faas-${to}`;
      return [{ to, id, filter: 'none', payload: asRecord(id) }];
    }
    const own = notifications.get(event.bucket);
    const rules = rulesFor(event, [...fixed(event.bucket), ...own.rules]);
    const bridged = own.eventBridge ? bridgeEvent(event, origin) : undefined;
    return [
      ...rules.map((rule) => ({
        to: rule.to,
        id: rule.id,
        filter: filterText(rule),
        payload: asRecord(rule.id),
      })),
      ...(bridged ? eventBridge.map((target) => forBridge(target, bridged)) : []),
    ];
  }

  const fixed = (bucket: string): Rule[] => fixedRules(bucket, runtime.functions(), webhooks);

  function notify(event: ObjectEvent, { to, parentRequestId, ...cause }: Cause): string[] {
    const ownerId = buckets.get(event.bucket)?.owner ?? OWNER.ID;
    const origin: EventOrigin = { ...cause, at: clock.now(), region, ownerId };
    const depth = depthBelow(parentRequestId);
    return recipientsOf(event, origin, to).flatMap((recipient) => {
      const queued: QueuedEvent = {
        requestId: newRequestId(),
        function: recipient.to,
        payload: Buffer.from(JSON.stringify(recipient.payload)),
        trigger: { type: 's3', source: event.bucket },
        parentRequestId,
        orderKey: `${event.bucket}/${event.key}`,
        depth,
      };
      if (breaksLoop(event, recipient, queued)) return [];
      runtime.enqueue(queued);
      return [queued.requestId];
    });
  }

  const depthBelow = (parent: string | null): number =>
    parent === null ? 0 : (runtime.running.get(parent)?.depth ?? 0) + 1;

  /** Keeps the event that would go on with an endless chain among the dead ones, and says so. */
  function breaksLoop(event: ObjectEvent, { to, id, filter }: Recipient, queued: QueuedEvent): boolean {
    if (isWebhook(to) || !endsChain(queued.depth ?? 0, runtime.function(to)?.settings)) return false;
    runtime.log.warn(
      `loop stopped: after ${MAX_CHAIN} invocations in one chain, ${to} is not invoked for ${event.name} of ` +
        `${event.bucket}/${event.key} (rule ${id}: ${filter}). Write to another bucket or prefix than the one it ` +
        `listens on, or set recursion: 'allow'. The event is kept: faas events --dead`,
    );
    runtime.store.deadEvents.add(queued, `loop: ${MAX_CHAIN} invocations in one chain`);
    return true;
  }

  return Object.assign(notify, {
    send(to: string, bucket: string, document: object) {
      runtime.enqueue({
        requestId: newRequestId(),
        function: to,
        payload: Buffer.from(JSON.stringify(document)),
        trigger: { type: 's3', source: bucket },
        parentRequestId: null,
      });
    },
    fixedRules: fixed,
    isTarget: (to: string) =>
      isWebhook(to)
        ? webhooks.some(({ name }) => webhookTarget(name) === to)
        : runtime.function(to) !== undefined,
    hasEventBridge: eventBridge.length > 0,
  });
}

const forBridge = (target: string, payload: object): Recipient => ({
  to: /^https?:/.test(target) ? webhookTarget(target) : target,
  id: 'EventBridge',
  filter: 'every event of the bucket',
  payload,
});

const filterText = ({ events, prefix, suffix }: Rule): string =>
  `${events.join(', ')}, prefix '${prefix}', suffix '${suffix}'`;
