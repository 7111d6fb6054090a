/**
 * S3 event notifications: who gets one, and the exact record. Pure.
 * Source: "Event message structure", S3 user guide, and captures of real events of 2026.
 */
import type { DeployedFunction, S3Trigger } from '../../runtime/core/types.ts';

/** One number for all types since 2.4. */
const EVENT_VERSION = '2.5';

/** What happened to an object. `size` and `etag` are absent for a removal. */
export interface ObjectEvent {
  /** Without the `s3:` prefix: `ObjectCreated:Put`. */
  name: string;
  bucket: string;
  key: string;
  size?: number;
  etag?: string;
  /** Only where the bucket has versions. */
  versionId?: string;
  sequence: number;
}

/** Where an event came from, as its record tells. */
export interface EventOrigin {
  /** Epoch milliseconds. */
  at: number;
  region: string;
  /** Who made the request. */
  principalId: string;
  ownerId: string;
  sourceIp: string;
  /** The two ids of the HTTP reply. */
  requestId: string;
  hostId: string;
}

/** Functions with a trigger for the event; each once, however many of its triggers fit. */
export function matchFunctions(
  functions: readonly DeployedFunction[],
  event: Pick<ObjectEvent, 'name' | 'bucket' | 'key'>,
): string[] {
  return functions
    .filter(({ settings }) =>
      settings.triggers.some((trigger) => trigger.type === 's3' && matches(trigger, event)),
    )
    .map(({ settings }) => settings.name);
}

/** Prefix and suffix are compared with the key itself, not with its form in the record. */
function matches(
  trigger: S3Trigger,
  { name, bucket, key }: Pick<ObjectEvent, 'name' | 'bucket' | 'key'>,
): boolean {
  return (
    trigger.bucket === bucket &&
    trigger.events.some(
      (pattern) => pattern === name || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1))),
    ) &&
    key.startsWith(trigger.prefix) &&
    key.endsWith(trigger.suffix)
  );
}

/** The payload a function is invoked with. */
export function eventPayload(event: ObjectEvent, origin: EventOrigin, configurationId: string): Uint8Array {
  return Buffer.from(JSON.stringify({ Records: [eventRecord(event, origin, configurationId)] }));
}

function eventRecord(event: ObjectEvent, origin: EventOrigin, configurationId: string): unknown {
  return {
    eventVersion: EVENT_VERSION,
    eventSource: 'aws:s3',
    awsRegion: origin.region,
    eventTime: new Date(origin.at).toISOString(),
    eventName: event.name,
    userIdentity: { principalId: origin.principalId },
    requestParameters: { sourceIPAddress: origin.sourceIp },
    responseElements: { 'x-amz-request-id': origin.requestId, 'x-amz-id-2': origin.hostId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: {
        name: event.bucket,
        ownerIdentity: { principalId: origin.ownerId },
        arn: `arn:aws:s3:::${event.bucket}`,
      },
      object: {
        key: encodeEventKey(event.key),
        ...(event.size !== undefined && { size: event.size }),
        ...(event.etag !== undefined && { eTag: event.etag }),
        ...(event.versionId !== undefined && { versionId: event.versionId }),
        sequencer: sequencer(event.sequence),
      },
    },
  };
}

/** Form encoding: `red flower.jpg` is `red+flower.jpg`; slashes stay. Consumers decode with unquote_plus. */
export const encodeEventKey = (key: string): string =>
  encodeURIComponent(key)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+');

/** Fixed width, so that a comparison as text holds whichever side the shorter one would be padded on. */
const sequencer = (sequence: number): string => sequence.toString(16).toUpperCase().padStart(16, '0');
