/** Delivers an event by HTTP POST: the same JSON that a function would get. */
import type { PendingEvent } from '../../store/store.ts';
import { DEFAULT_RETRIES, type Delivery } from './retry.ts';

const TIMEOUT_MS = 30_000;

/**
 * Any 2xx is delivered. A receiver that is down, busy (429) or broken (5xx) is tried again for hours; another
 * refusal counts as a failure, because it will hardly change its mind.
 */
export async function postToWebhook(url: string, event: PendingEvent): Promise<Delivery> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-faas-request-id': event.requestId },
      // The bytes are ours alone; the cast is about SharedArrayBuffer, which SQLite never gives.
      body: event.payload as Uint8Array<ArrayBuffer>,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // Nothing in it matters; unread it would hold the connection.
    await answer.body?.cancel();
    if (answer.ok) return { kind: 'delivered' };
    const reason = `${url} answered ${answer.status}`;
    return answer.status === 429 || answer.status >= 500
      ? { kind: 'no-room', reason }
      : { kind: 'failed', reason, retries: DEFAULT_RETRIES };
  } catch (error) {
    return { kind: 'no-room', reason: `${url} cannot be reached: ${messageOf(error)}` };
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
