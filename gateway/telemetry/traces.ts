/** Every invocation as an OpenTelemetry trace, sent by OTLP over HTTP. Loaded only in the thread of worker.ts. */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  RandomIdGenerator,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import type { InvocationRecord } from '../../runtime/core/types.ts';
import type { TraceTarget } from './settings.ts';
import { spansOf, type InvocationSpans, type SpanIds } from './spans.ts';

export interface TraceOptions extends TraceTarget {
  version: string;
  /** Told once until it works again. */
  onFailure(this: void, message: string): void;
}

export interface Traces {
  add(record: InvocationRecord): void;
  /** Sends what is left, within a few seconds. */
  close(): Promise<void>;
}

const SEND_EVERY_MS = 1000;
const EXPORT_TIMEOUT_MS = 3000;
/** Past this, spans are dropped and not the calls slowed. */
const MOST_HELD = 32_768;

const KINDS = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, internal: SpanKind.INTERNAL } as const;

export function createTraces(options: TraceOptions): Traces {
  const { url, headers, serviceName, sampleRate, version, onFailure } = options;
  const own = resourceFromAttributes({ 'service.name': serviceName, 'service.version': version });
  const exporter = telling(
    new OTLPTraceExporter({ url, headers, timeoutMillis: EXPORT_TIMEOUT_MS }),
    onFailure,
  );
  const ids = new GivenIds();
  const provider = new TracerProvider({
    resource: detectResources({ detectors: [envDetector] }).merge(own),
    idGenerator: ids,
    // By the trace id alone: what an invocation caused is judged for itself.
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRate) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: SEND_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        maxQueueSize: MOST_HELD,
      }),
    ],
  });
  const tracer = provider.getTracer('faas', version);

  function add({ ids: own, root, phases }: InvocationSpans): void {
    ids.give(own);
    const span = tracer.startSpan(
      root.name,
      {
        kind: KINDS[root.kind],
        startTime: root.startAt,
        attributes: root.attributes,
        links: root.cause ? [{ context: { ...root.cause, traceFlags: TraceFlags.SAMPLED } }] : [],
      },
      ROOT_CONTEXT,
    );
    const inside = trace.setSpan(ROOT_CONTEXT, span);
    for (const phase of phases) {
      tracer.startSpan(phase.name, { startTime: phase.startAt }, inside).end(phase.endAt);
    }
    if (root.failure !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: root.failure });
    span.end(root.endAt);
  }

  return {
    add: (record) => add(spansOf(record)),
    close: () => provider.shutdown(),
  };
}

/** The invocation's own ids for its span; those of its phases are random. */
class GivenIds extends RandomIdGenerator {
  #next: SpanIds | undefined;

  give(ids: SpanIds): void {
    this.#next = ids;
  }

  // The tracer asks for the span's id first.
  override generateSpanId(): string {
    return this.#next?.spanId ?? super.generateSpanId();
  }

  override generateTraceId(): string {
    const traceId = this.#next?.traceId ?? super.generateTraceId();
    this.#next = undefined;
    return traceId;
  }
}

/** The exporter, with its failures told: once, until it has worked again. */
function telling(exporter: SpanExporter, onFailure: TraceOptions['onFailure']): SpanExporter {
  let failing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error && !failing) onFailure(result.error.message);
        failing = result.error !== undefined;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush && { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }),
  };
}
