/** DeleteObject and DeleteObjects. */
import { setImmediate } from 'node:timers/promises';
import { AwsError } from '../aws/errors.ts';
import { requireOnBucket, versionAction } from './access.ts';
import { planBody } from './body-plan.ts';
import type { Bucket } from './buckets.ts';
import { header, readVersionId, requireBucket } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { checkDelete } from './conditions.ts';
import type { DeleteConditions } from './conditions.ts';
import type { Version } from './history.ts';
import { checkRemovable } from './lock.ts';
import { bypassesGovernance } from './object-lock.ts';
import { receiveText } from './receive.ts';
import { xmlReply } from './reply.ts';
import { checkKeyLength } from './resource.ts';
import { parseXml } from './xml.ts';
import type { XmlContent, XmlNode } from './xml.ts';

const MAX_KEYS = 1000;
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;
/** SQLite works synchronously: between batches other requests get their turn. */
const BATCH = 100;

interface Target {
  key: string;
  /** As the request names it. */
  versionId: string | undefined;
  conditions: DeleteConditions;
}

export const deleteObject: OperationHandler = (parts, call) => {
  const target: Target = {
    key: call.key,
    versionId: call.query.get('versionId'),
    conditions: {
      etag: header(call, 'if-match'),
      modifiedAt: header(call, 'x-amz-if-match-last-modified-time'),
      size: header(call, 'x-amz-if-match-size'),
    },
  };
  const { outcome, dropped } = parts.store.transaction(() =>
    deleteOne(parts, call, requireBucket(parts, call.bucket), target),
  );
  parts.blobs.discard(dropped);
  return {
    status: 204,
    headers: {
      ...(outcome.isMarker && { 'x-amz-delete-marker': 'true' }),
      ...(outcome.versionId !== undefined && { 'x-amz-version-id': outcome.versionId }),
    },
  };
};

export const deleteObjects: OperationHandler = async (parts, call) => {
  requireBucket(parts, call.bucket);
  const plan = planBody(call.headers, call.admission.signature);
  const document = parseXml(await receiveText(call.body(), plan, MAX_DOCUMENT_BYTES), 'Delete');
  const items = document.children('Object');
  if (items.length === 0 || items.length > MAX_KEYS) throw new AwsError('MalformedXML');
  const quiet = document.text('Quiet')?.trim().toLowerCase() === 'true';
  const deleted: XmlContent[] = [];
  const failed: XmlContent[] = [];
  for (let index = 0; index < items.length; index += BATCH) {
    if (index > 0) await setImmediate();
    const targets = items.slice(index, index + BATCH).map(readTarget);
    const results = parts.store.transaction(() => {
      const bucket = requireBucket(parts, call.bucket);
      return targets.map((target) => ({ target, result: tryDelete(parts, call, bucket, target) }));
    });
    parts.blobs.discard(results.flatMap(({ result }) => result.dropped));
    for (const { target, result } of results) {
      if ('problem' in result) failed.push(failure(target, result.problem));
      else if (!quiet) deleted.push(success(target, result.outcome));
    }
  }
  return xmlReply('DeleteResult', { Deleted: deleted, Error: failed });
};

const failure = ({ key, versionId }: Target, { code, message }: AwsError): XmlContent => ({
  Key: key,
  VersionId: versionId,
  Code: code,
  Message: message,
});

const success = ({ key, versionId }: Target, outcome: Outcome): XmlContent => ({
  Key: key,
  VersionId: versionId,
  DeleteMarker: outcome.isMarker || undefined,
  DeleteMarkerVersionId: outcome.isMarker ? outcome.versionId : undefined,
});

function readTarget(item: XmlNode): Target {
  const key = item.text('Key');
  if (key === undefined || key === '') throw new AwsError('MalformedXML');
  const conditions = {
    etag: item.text('ETag'),
    modifiedAt: item.text('LastModifiedTime'),
    size: item.text('Size'),
  };
  return { key, versionId: item.text('VersionId'), conditions };
}

/** What one key cannot do leaves the others alone. */
function tryDelete(
  parts: S3Parts,
  call: S3Call,
  bucket: Bucket,
  target: Target,
): Deletion | { problem: AwsError; dropped: string[] } {
  try {
    checkKeyLength(target.key);
    const action = versionAction('DeleteObject', target);
    requireOnBucket(parts, { ...call, key: target.key }, { bucket: 'WRITE', action });
    return deleteOne(parts, call, bucket, target);
  } catch (error) {
    if (error instanceof AwsError) return { problem: error, dropped: [] };
    throw error;
  }
}

interface Outcome {
  /** A delete marker was made, or one was removed. */
  isMarker: boolean;
  /** Of that marker, or of the version removed. */
  versionId: string | undefined;
}

interface Deletion {
  outcome: Outcome;
  /** Blobs to discard after the commit. */
  dropped: string[];
}

/** Part of a transaction. What does not exist counts as deleted, and no event tells of it. */
function deleteOne(parts: S3Parts, call: S3Call, bucket: Bucket, target: Target): Deletion {
  const { key, versionId, conditions } = target;
  if (versionId !== undefined) {
    const version = parts.history.find(bucket.name, key, readVersionId(versionId));
    checkDelete(conditions, version);
    if (version?.kind === 'object')
      checkRemovable(version.lock, parts.clock.now(), bypassesGovernance(parts, call, bucket));
    return removeVersion(parts, call, bucket, version, versionId);
  }
  const current = parts.objects.get(bucket.name, key);
  checkDelete(conditions, current);
  if (bucket.versioning === undefined) return removeVersion(parts, call, bucket, current, undefined);
  const { marker, dropped } = parts.history.mark(
    {
      bucket: bucket.name,
      key,
      owner: call.admission.caller.account,
      modifiedAt: parts.clock.now(),
    },
    bucket.versioning,
  );
  const markerId = marker.version ?? 'null';
  parts.notify(
    {
      name: 'ObjectRemoved:DeleteMarkerCreated',
      bucket: bucket.name,
      key,
      versionId: markerId,
      sequence: marker.id,
    },
    call.cause,
  );
  return { outcome: { isMarker: true, versionId: markerId }, dropped };
}

function removeVersion(
  parts: S3Parts,
  call: S3Call,
  bucket: Bucket,
  version: Version | undefined,
  versionId: string | undefined,
): Deletion {
  if (!version) return { outcome: { isMarker: false, versionId }, dropped: [] };
  parts.notify(
    {
      name: 'ObjectRemoved:Delete',
      bucket: bucket.name,
      key: version.key,
      ...(bucket.versioning !== undefined && { versionId: version.version ?? 'null' }),
      sequence: parts.objects.nextId(),
    },
    call.cause,
  );
  const dropped = parts.history.remove(version);
  return { outcome: { isMarker: version.kind === 'marker', versionId }, dropped };
}
