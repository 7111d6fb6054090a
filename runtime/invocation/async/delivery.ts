/** The way of events from the moment they are durable to their targets. */
import type { FaasConfig } from '../../config/schema.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { FunctionSettings, InvokeRequest, InvokeResult } from '../../core/types.ts';
import type { QueuedEvent, Store } from '../../store/store.ts';
import { withChaos } from './chaos.ts';
import { Dispatcher } from './dispatcher.ts';
import { targetsOf } from './targets.ts';

export interface DeliveryContext {
  store: Pick<Store, 'queue' | 'deadEvents'>;
  config: Pick<FaasConfig, 'chaos' | 's3'>;
  clock: Clock;
  log: Logger;
  invoke(this: void, request: InvokeRequest): Promise<InvokeResult>;
  settingsOf(this: void, functionName: string): FunctionSettings | undefined;
}

export interface Delivery {
  /** Durable with the transaction it is called in, or at once. */
  enqueue(event: QueuedEvent): void;
  /** Looks at the queue soon: something was put there by other means than `enqueue`. */
  wake(): void;
  start(): void;
  /** Takes no more events; resolves when those in flight are settled. */
  stop(): Promise<void>;
}

export function createDelivery(context: DeliveryContext): Delivery {
  const { store, config, clock, log, invoke, settingsOf } = context;
  const { chaos = [] } = config;
  const targetOf = targetsOf({ invoke, settingsOf, webhooks: config.s3.webhooks ?? [] });
  const { queue, deadEvents } = store;
  const dispatcher = new Dispatcher({ queue, deadEvents, clock, log, targetOf });
  return {
    enqueue(event) {
      for (const one of withChaos(event, chaos, Math.random)) queue.enqueue(one);
      dispatcher.wake();
    },
    wake: () => dispatcher.wake(),
    start() {
      if (chaos.length > 0) log.warn(`events are delivered with chaos: ${chaos.join(', ')}`);
      dispatcher.start();
    },
    stop: () => dispatcher.stop(),
  };
}
