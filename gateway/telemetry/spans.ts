/** An invocation record as spans: one for the invocation, one for each phase of it. Pure. */
import { createHash } from 'node:crypto';
import type { InvocationRecord, Phases, TriggerType } from '../../runtime/core/types.ts';

/** Epoch milliseconds. */
export interface SpanPlan {
  name: string;
  startAt: number;
  endAt: number;
}

export interface InvocationSpans {
  ids: SpanIds;
  root: SpanPlan & {
    kind: 'server' | 'consumer' | 'internal';
    attributes: Record<string, string | number | boolean>;
    /** Null: it went well. */
    failure: string | null;
    /** The invocation that caused this one. */
    cause: SpanIds | null;
  };
  phases: SpanPlan[];
}

export interface SpanIds {
  traceId: string;
  spanId: string;
}

/** In the order they happen. Milliseconds in `phases` of a record. */
const PHASES = ['queue', 'provision', 'boot', 'init', 'thaw', 'handler'] as const;

export function spansOf(record: InvocationRecord): InvocationSpans {
  const phases = phaseSpans(record);
  const endAt = phases.at(-1)?.endAt ?? record.receivedAt;
  const failed = record.outcome !== 'success';
  return {
    ids: idsOf(record.requestId),
    root: {
      name: record.function,
      startAt: record.receivedAt,
      endAt,
      kind: KINDS[record.trigger.type],
      attributes: attributesOf(record),
      failure: failed ? `${record.errorType ?? record.outcome}: ${record.errorMessage ?? ''}` : null,
      cause: record.parentRequestId === null ? null : idsOf(record.parentRequestId),
    },
    phases,
  };
}

function phaseSpans({ receivedAt, phases, start }: InvocationRecord): SpanPlan[] {
  const spans: SpanPlan[] = [];
  let at = receivedAt;
  for (const name of PHASES) {
    const key: keyof Phases = `${name}Ms`;
    const ms = phases[key];
    // The init of an instance that came up before anyone waited for it lies in the past.
    const isPast = name === 'init' && start === 'warm';
    if (ms === null || isPast || (name === 'queue' && ms === 0)) continue;
    spans.push({ name, startAt: at, endAt: at + ms });
    at += ms;
  }
  return spans;
}

/** https://opentelemetry.io/docs/specs/semconv/faas/faas-spans/ and, under `faas.local.`, what only we know. */
function attributesOf(record: InvocationRecord): InvocationSpans['root']['attributes'] {
  const optional = {
    'faas.instance': record.instance,
    'faas.version': record.revision,
    'faas.local.trigger_source': record.trigger.source,
    'faas.local.cold_reason': record.coldReason,
    'faas.local.max_memory_mb': record.maxMemoryMb,
    'faas.local.cpu_ms': record.cpuMs,
  };
  const known = Object.entries(optional).filter(
    (entry): entry is [string, string | number] => entry[1] !== null,
  );
  return {
    'faas.name': record.function,
    'faas.invocation_id': record.requestId,
    'faas.trigger': TRIGGERS[record.trigger.type],
    'faas.coldstart': record.start !== null && record.start !== 'warm',
    'faas.max_memory': record.memoryMb * 1024 * 1024,
    'faas.local.outcome': record.outcome,
    'faas.local.start': record.start ?? 'none',
    'faas.local.billed_ms': record.billedMs,
    'faas.local.attempt': record.attempt,
    ...Object.fromEntries(known),
  };
}

const KINDS: Record<TriggerType, InvocationSpans['root']['kind']> = {
  http: 'server',
  s3: 'consumer',
  schedule: 'consumer',
  queue: 'consumer',
  direct: 'internal',
  function: 'internal',
};

const TRIGGERS: Record<TriggerType, string> = {
  http: 'http',
  s3: 'datasource',
  schedule: 'timer',
  queue: 'pubsub',
  direct: 'other',
  function: 'other',
};

/** A request id is a UUID: 128 bits, like a trace id. So whoever has the one finds the other. */
export function idsOf(requestId: string): SpanIds {
  const hex = requestId.replaceAll('-', '').toLowerCase();
  const traceId = /^(?!0{32})[\da-f]{32}$/u.test(hex) ? hex : digest(requestId, 32);
  return { traceId, spanId: digest(traceId, 16) };
}

const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);
