/** Several recorded events in one blob: a line of JSON that tells what they are, then their payloads. Pure. */
import type { TriggerType } from '../core/types.ts';
import type { RecordedEvent } from './store.ts';

type Head = [
  requestId: string,
  receivedAt: number,
  triggerType: TriggerType,
  triggerSource: string | null,
  bytes: number,
];

const NEWLINE = 0x0a;

export function packEvents(events: readonly RecordedEvent[]): Buffer {
  const heads = events.map(({ requestId, receivedAt, trigger, payload }): Head => [
    requestId,
    receivedAt,
    trigger.type,
    trigger.source,
    payload.byteLength,
  ]);
  return Buffer.concat([Buffer.from(`${JSON.stringify(heads)}\n`), ...events.map(({ payload }) => payload)]);
}

/** @param common what the events of the batch share */
export function unpackEvents(
  blob: Uint8Array,
  common: Pick<RecordedEvent, 'function' | 'revision'>,
): RecordedEvent[] {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  const end = bytes.indexOf(NEWLINE);
  // Written by packEvents.
  const heads = JSON.parse(bytes.toString('utf8', 0, end)) as Head[];
  let at = end + 1;
  return heads.map(([requestId, receivedAt, type, source, length]) => {
    const payload = bytes.subarray(at, at + length);
    at += length;
    return { requestId, ...common, receivedAt, trigger: { type, source }, payload };
  });
}
