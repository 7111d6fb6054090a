import { bodyText } from '../../core/detached-body.ts';

/** The event of a call, its body in place also where that came detached, behind the JSON text. */
export function readEvent(payload: Buffer, bodyBytes = 0): unknown {
  const end = payload.length - bodyBytes;
  const event: unknown = JSON.parse(payload.toString('utf8', 0, end));
  if (bodyBytes === 0) return event;
  const httpEvent = event as { body: string; isBase64Encoded: boolean }; // nobody detaches bodies of other events
  httpEvent.body = bodyText(payload.subarray(end), httpEvent.isBase64Encoded);
  return httpEvent;
}
