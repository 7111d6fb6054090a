/** GET /metrics: counters of this session in Prometheus' text format (version 0.0.4). */
import type { Runtime } from '../../runtime/api.ts';
import type { InvocationRecord } from '../../runtime/core/types.ts';

interface Counters {
  invocations: number;
  durationMs: number;
  billedMs: number;
  coldStartMs: number;
}

export interface Metrics {
  text(): string;
}

/** Counts from now on; one entry a combination of function, outcome and start, hence bounded. */
export function createMetrics(runtime: Runtime): Metrics {
  const counters = new Map<string, Counters>();
  runtime.events.on('record', (record) => count(counters, record));
  return {
    text: () => [...invocationLines(counters), ...stateLines(runtime), ''].join('\n'),
  };
}

function count(counters: Map<string, Counters>, record: InvocationRecord): void {
  const key = labels({ function: record.function, outcome: record.outcome, start: record.start ?? 'none' });
  const sums = counters.get(key) ?? { invocations: 0, durationMs: 0, billedMs: 0, coldStartMs: 0 };
  sums.invocations += 1;
  sums.durationMs += record.durationMs;
  sums.billedMs += record.billedMs;
  sums.coldStartMs += record.coldStartMs;
  counters.set(key, sums);
}

function invocationLines(counters: ReadonlyMap<string, Counters>): string[] {
  const family = (name: string, help: string, value: (sums: Counters) => number): string[] => [
    ...heading(name, help, 'counter'),
    ...[...counters].map(([key, sums]) => `${name}${key} ${value(sums)}`),
  ];
  return [
    ...family('faas_invocations_total', 'Invocations that ended.', (sums) => sums.invocations),
    ...family('faas_duration_seconds_total', 'Time in handlers.', (sums) => sums.durationMs / 1000),
    ...family('faas_billed_seconds_total', 'Billed duration.', (sums) => sums.billedMs / 1000),
    ...family(
      'faas_cold_start_seconds_total',
      'Time callers waited for cold starts.',
      (sums) => sums.coldStartMs / 1000,
    ),
  ];
}

function stateLines(runtime: Runtime): string[] {
  const instances = new Map<string, number>();
  for (const instance of runtime.instances()) {
    const key = labels({ function: instance.function, state: instance.state });
    instances.set(key, (instances.get(key) ?? 0) + 1);
  }
  return [
    ...heading('faas_instances', 'Live instances by state.', 'gauge'),
    ...[...instances].map(([key, value]) => `faas_instances${key} ${value}`),
    ...heading('faas_queued_events', 'Events that wait for delivery.', 'gauge'),
    `faas_queued_events ${runtime.store.queue.size()}`,
    ...heading('faas_resident_memory_bytes', 'Resident memory of the runtime itself.', 'gauge'),
    `faas_resident_memory_bytes ${process.memoryUsage.rss()}`,
  ];
}

const heading = (name: string, help: string, type: 'counter' | 'gauge'): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

function labels(values: Record<string, string>): string {
  const pairs = Object.entries(values).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return `{${pairs.join(',')}}`;
}

const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
