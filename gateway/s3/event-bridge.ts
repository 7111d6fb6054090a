/**
 * An object's event in the shape of Amazon EventBridge. Pure.
 * Source: "EventBridge event message structure", S3 user guide.
 */
import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID } from '../../runtime/core/ids.ts';
import { sequencer } from './events.ts';
import type { EventOrigin, ObjectEvent } from './events.ts';

interface Kind {
  detailType: string;
  reason?: string;
  deletionType?: string;
}

const KINDS: Record<string, Kind> = {
  'ObjectCreated:Put': { detailType: 'Object Created', reason: 'PutObject' },
  'ObjectCreated:Post': { detailType: 'Object Created', reason: 'POST Object' },
  'ObjectCreated:Copy': { detailType: 'Object Created', reason: 'CopyObject' },
  'ObjectCreated:CompleteMultipartUpload': {
    detailType: 'Object Created',
    reason: 'CompleteMultipartUpload',
  },
  'ObjectRemoved:Delete': {
    detailType: 'Object Deleted',
    reason: 'DeleteObject',
    deletionType: 'Permanently Deleted',
  },
  'ObjectRemoved:DeleteMarkerCreated': {
    detailType: 'Object Deleted',
    reason: 'DeleteObject',
    deletionType: 'Delete Marker Created',
  },
  'ObjectTagging:Put': { detailType: 'Object Tags Added' },
  'ObjectTagging:Delete': { detailType: 'Object Tags Deleted' },
  'ObjectAcl:Put': { detailType: 'Object ACL Updated' },
};

/** Undefined for events that EventBridge does not tell of. The key is plain here, unlike in event records. */
export function bridgeEvent(event: ObjectEvent, origin: EventOrigin): object | undefined {
  const kind = KINDS[event.name];
  if (!kind) return undefined;
  const isCreated = event.name.startsWith('ObjectCreated:');
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': kind.detailType,
    source: 'aws.s3',
    account: ACCOUNT_ID,
    time: new Date(origin.at).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: origin.region,
    resources: [`arn:aws:s3:::${event.bucket}`],
    detail: {
      version: '0',
      bucket: { name: event.bucket },
      object: {
        key: event.key,
        ...(isCreated && event.size !== undefined && { size: event.size }),
        ...(event.etag !== undefined && { etag: event.etag }),
        ...(event.versionId !== undefined && { 'version-id': event.versionId }),
        ...(kind.reason !== undefined && { sequencer: sequencer(event.sequence) }),
      },
      'request-id': origin.requestId,
      requester: ACCOUNT_ID,
      'source-ip-address': origin.sourceIp,
      ...(kind.reason !== undefined && { reason: kind.reason }),
      ...(kind.deletionType !== undefined && { 'deletion-type': kind.deletionType }),
    },
  };
}
