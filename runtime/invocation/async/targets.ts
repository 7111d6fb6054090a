/** Where queued events go: to a function, or to a webhook. */
import type { FunctionSettings, InvokeRequest, InvokeResult } from '../../core/types.ts';
import type { PendingEvent } from '../../store/store.ts';
import { DEFAULT_RETRIES, everRan, type Delivery } from './retry.ts';
import { postToWebhook } from './webhook.ts';

export interface Target {
  /** Most events at once. */
  concurrency: number;
  deliver(event: PendingEvent): Promise<Delivery>;
}

export interface TargetContext {
  invoke(this: void, request: InvokeRequest): Promise<InvokeResult>;
  settingsOf(this: void, functionName: string): FunctionSettings | undefined;
  webhooks: readonly { name: string; url: string }[];
}

/** No function can have such a name. */
const WEBHOOK = 'webhook:';
const WEBHOOK_CONCURRENCY = 8;

/** How the queue names a webhook, where a function's name would stand: by its name in the configuration, or by its URL. */
export const webhookTarget = (nameOrUrl: string): string => `${WEBHOOK}${nameOrUrl}`;

export const isWebhook = (target: string): boolean => target.startsWith(WEBHOOK);

/** The target of that name; undefined while there is none. */
export const targetsOf =
  ({ invoke, settingsOf, webhooks }: TargetContext) =>
  (name: string): Target | undefined => {
    if (isWebhook(name)) {
      const url = urlOf(name.slice(WEBHOOK.length), webhooks);
      return url === undefined
        ? undefined
        : { concurrency: WEBHOOK_CONCURRENCY, deliver: (event) => postToWebhook(url, event) };
    }
    const settings = settingsOf(name);
    return (
      settings && {
        concurrency: settings.concurrency,
        deliver: (event) => invokeFunction(invoke, settings, event),
      }
    );
  };

const urlOf = (nameOrUrl: string, webhooks: TargetContext['webhooks']): string | undefined =>
  /^https?:/.test(nameOrUrl) ? nameOrUrl : webhooks.find(({ name }) => name === nameOrUrl)?.url;

async function invokeFunction(
  invoke: TargetContext['invoke'],
  { retries = DEFAULT_RETRIES }: FunctionSettings,
  event: PendingEvent,
): Promise<Delivery> {
  const { record } = await invoke({
    function: event.function,
    payload: event.payload,
    trigger: event.trigger,
    requestId: event.requestId,
    parentRequestId: event.parentRequestId,
    depth: event.depth,
    attempt: event.attempts + 1,
  });
  if (record.outcome === 'success') return { kind: 'delivered' };
  const reason = record.errorMessage ?? record.outcome;
  return everRan(record.outcome) ? { kind: 'failed', reason, retries } : { kind: 'no-room', reason };
}
