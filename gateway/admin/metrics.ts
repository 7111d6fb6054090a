/** GET /metrics: this session in Prometheus' text format, by its official client for Node. */
import type { Counter, Histogram, Registry } from 'prom-client';
import type { Runtime } from '../../runtime/api.ts';
import type { InvocationRecord } from '../../runtime/core/types.ts';

export interface Metrics {
  contentType(): Promise<string>;
  text(): Promise<string>;
}

/** From a warm call to a long one. Seconds. */
const DURATION_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900,
];
const START_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2.5, 5, 10];

/** Records that wait to be counted: 1.4 us each. */
const MOST_HELD = 500;

/**
 * Counts from now on; a series a combination of function, outcome and start, hence bounded.
 *
 * Records wait in a short list until someone asks or the list is full, so that neither starting up nor the first calls
 * pay for loading the client.
 */
export function createMetrics(runtime: Runtime): Metrics {
  const held: InvocationRecord[] = [];
  let loading: Promise<Instruments> | undefined;
  const load = (): Promise<Instruments> => (loading ??= createInstruments(runtime));

  const countHeld = async (): Promise<Instruments> => {
    const instruments = await load();
    for (const record of held.splice(0)) instruments.count(record);
    return instruments;
  };

  runtime.events.on('record', (record) => {
    held.push(record);
    if (held.length === MOST_HELD) void countHeld();
  });

  return {
    contentType: async () => (await load()).registry.contentType,
    text: async () => (await countHeld()).registry.metrics(),
  };
}

interface Instruments {
  registry: Registry;
  count(this: void, record: InvocationRecord): void;
}

async function createInstruments(runtime: Runtime): Promise<Instruments> {
  // A CommonJS package: its names are on the default export.
  const { default: client } = await import('prom-client');
  const registry = new client.Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> =>
    new client.Counter({ name, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    buckets: number[],
  ): Histogram<Label> => new client.Histogram({ name, help, labelNames, buckets, registers });

  const ended: ('function' | 'outcome' | 'start')[] = ['function', 'outcome', 'start'];
  const invocations = counter('faas_invocations_total', 'Invocations that ended.', ended);
  const billed = counter('faas_billed_seconds_total', 'Billed duration.', ended);
  const duration = histogram('faas_duration_seconds', 'Time in handlers.', ['function'], DURATION_BUCKETS);
  const coldStart = histogram(
    'faas_cold_start_seconds',
    'What callers waited because nothing was warm.',
    ['function', 'start', 'reason'],
    START_BUCKETS,
  );
  const queue = histogram(
    'faas_queue_seconds',
    'What callers waited in line for a sandbox.',
    ['function'],
    DURATION_BUCKETS,
  );
  registerState(client, registers, runtime);

  return {
    registry,
    count(record) {
      const { function: name, outcome, start, phases, coldReason } = record;
      const labels = { function: name, outcome, start: start ?? 'none' };
      invocations.inc(labels);
      billed.inc(labels, record.billedMs / 1000);
      if (phases.handlerMs !== null) duration.observe({ function: name }, phases.handlerMs / 1000);
      if (phases.queueMs !== null) queue.observe({ function: name }, phases.queueMs / 1000);
      if (start !== null && start !== 'warm') {
        const why = { function: name, start, reason: coldReason ?? 'none' };
        coldStart.observe(why, record.coldStartMs / 1000);
      }
    },
  };
}

/** What is now, read when it is asked for. */
function registerState(client: typeof import('prom-client'), registers: Registry[], runtime: Runtime): void {
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    read: (set: (labels: Record<string, string>, value: number) => void) => void,
  ): unknown =>
    new client.Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        read((labels, value) => this.inc(labels, value));
      },
    });
  gauge('faas_instances', 'Live instances by state.', ['function', 'state'], (set) => {
    for (const { function: name, state } of runtime.instances()) set({ function: name, state }, 1);
  });
  gauge('faas_queued_events', 'Events that wait for delivery.', [], (set) =>
    set({}, runtime.store.queue.size()),
  );
  gauge('faas_resident_memory_bytes', 'Resident memory of the runtime itself.', [], (set) =>
    set({}, process.memoryUsage.rss()),
  );
}
