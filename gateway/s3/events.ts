/**
 * The exact record of an S3 event notification. Pure.
 * Source: "Event message structure", S3 user guide, and captures of real events of 2026.
 */

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

/** One entry of `Records`: what a function or webhook gets. */
export function eventRecord(event: ObjectEvent, origin: EventOrigin, configurationId: string): object {
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

/** The key that `encodeEventKey` was given. */
export const decodeEventKey = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));

/** Fixed width, so that a comparison as text holds whichever side the shorter one would be padded on. */
export const sequencer = (sequence: number): string => sequence.toString(16).toUpperCase().padStart(16, '0');
