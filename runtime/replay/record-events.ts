/** Keeps the events of functions that are to be recorded, redacted. */
import type { Runtime } from '../api.ts';
import { wholeBytes, wholeEvent } from '../core/detached-body.ts';
import type { InvocationRecord, InvokeRequest } from '../core/types.ts';
import { redact, redactionOf, type Redaction } from './redact.ts';

/** Past this an event is not worth its room. */
const MOST_BYTES = 1024 * 1024;

/** From now on; costs nothing where nothing is to be recorded. */
export function recordEvents(runtime: Pick<Runtime, 'config' | 'events' | 'store' | 'function'>): void {
  const { store } = runtime;
  const { record } = runtime.config;
  if (!record) return;
  store.recordedEvents.limit(record.maxBytes);
  const redactions = new Map<string, { of: unknown; redaction: Redaction }>();

  /** Made anew when the function's settings are others. */
  function redactionFor(name: string, own: { headers: string[]; fields: string[] } | undefined): Redaction {
    const known = redactions.get(name);
    if (known && known.of === own) return known.redaction;
    const redaction = redactionOf({
      headers: [...(record?.redact.headers ?? []), ...(own?.headers ?? [])],
      fields: [...(record?.redact.fields ?? []), ...(own?.fields ?? [])],
    });
    redactions.set(name, { of: own, redaction });
    return redaction;
  }

  runtime.events.on('record', (ended: InvocationRecord, request?: InvokeRequest) => {
    if (!request || wholeBytes(request) > MOST_BYTES) return;
    const own = runtime.function(ended.function)?.settings.record;
    if (!(own?.events ?? record.events)) return;
    const { requestId, function: name, revision, receivedAt, trigger } = ended;
    const payload = redact(wholeEvent(request), redactionFor(name, own?.redact));
    store.recordedEvents.append({ requestId, function: name, revision, receivedAt, trigger, payload });
  });
}
