/** Retention and legal hold of objects. */
import { AwsError } from '../aws/errors.ts';
import { policyVerdict } from './access.ts';
import type { Bucket } from './buckets.ts';
import { header, requireBucket, requireObject, versionHeaders } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import {
  checkRetention,
  defaultLock,
  lockFromHeaders,
  readLegalHold,
  readRetention,
  retentionDocument,
} from './lock.ts';
import type { Lock } from './lock.ts';
import { readDocument } from './read-document.ts';
import { xmlReply } from './reply.ts';

/** The lock of a new object: what its headers say, else what the bucket says. */
export function newObjectLock(
  parts: S3Parts,
  { headers }: Pick<S3Call, 'headers'>,
  bucket: Pick<Bucket, 'name'>,
): Lock {
  const now = parts.clock.now();
  const configuration = parts.buckets.document(bucket.name, 'object-lock');
  const asked = lockFromHeaders(headers, now);
  if (configuration === undefined) {
    if (!asked) return {};
    throw new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  }
  return { ...defaultLock(configuration, now), ...asked };
}

/** Whether the caller overrides governance: the header asks for it, and it is the bucket's owner or allowed to. */
export function bypassesGovernance(parts: S3Parts, call: S3Call, bucket: Bucket): boolean {
  if (header(call, 'x-amz-bypass-governance-retention')?.toLowerCase() !== 'true') return false;
  const { caller } = call.admission;
  const place = { bucket: bucket.name, key: call.key, versionId: undefined };
  const verdict = policyVerdict(parts, call, {
    place,
    action: 'BypassGovernanceRetention',
    object: undefined,
  });
  return verdict === undefined
    ? caller.kind !== 'anonymous' && caller.account === bucket.owner
    : verdict === 'Allow';
}

export const getObjectRetention: OperationHandler = (parts, call) => {
  const { object } = subject(parts, call);
  if (object.lock.retention) return xmlReply('Retention', retentionDocument(object.lock.retention));
  throw new AwsError('NoSuchObjectLockConfiguration');
};

export const putObjectRetention: OperationHandler = async (parts, call) => {
  const document = await readDocument(call);
  const now = parts.clock.now();
  const retention = readRetention(document, now);
  return parts.store.transaction(() => {
    const { bucket, object, headers } = subject(parts, call);
    checkRetention(object.lock.retention, retention, now, bypassesGovernance(parts, call, bucket));
    const { retention: _, ...rest } = object.lock;
    parts.history.setLock(object, { ...rest, ...(retention && { retention }) });
    return { status: 200, headers: { ...headers, 'content-length': 0 } };
  });
};

export const getObjectLegalHold: OperationHandler = (parts, call) => {
  const { object } = subject(parts, call);
  if (object.lock.legalHold) return xmlReply('LegalHold', { Status: object.lock.legalHold });
  throw new AwsError('NoSuchObjectLockConfiguration');
};

export const putObjectLegalHold: OperationHandler = async (parts, call) => {
  const document = await readDocument(call);
  const legalHold = readLegalHold(document);
  return parts.store.transaction(() => {
    const { object, headers } = subject(parts, call);
    parts.history.setLock(object, { ...object.lock, legalHold });
    return { status: 200, headers: { ...headers, 'content-length': 0 } };
  });
};

function subject(parts: S3Parts, { bucket: name, key, query }: S3Call) {
  const bucket = requireBucket(parts, name);
  if (parts.buckets.document(name, 'object-lock') === undefined)
    throw new AwsError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  const object = requireObject(parts, { bucket: name, key, versionId: query.get('versionId') });
  return { bucket, object, headers: versionHeaders(bucket, object) };
}
