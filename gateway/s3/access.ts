/** Who may do what: owners, and whom access control lists let in. */
import type { Caller } from '../aws/credentials.ts';
import { AwsError } from '../aws/errors.ts';
import { allows, isPublic, privateAcl } from './acl.ts';
import type { Acl, Asker, Permission } from './acl.ts';
import type { Bucket } from './buckets.ts';
import { publicAccessBlock } from './bucket-guards.ts';
import { requireBucket, requireObject } from './call.ts';
import type { S3Call, S3Parts } from './call.ts';
import type { StoredObject } from './objects.ts';
import type { Operation } from './route.ts';

type Need =
  /** The handler looks itself. */
  | 'nothing'
  /** Any account's signature. */
  | 'account'
  | { bucket: Permission | 'owner' }
  /** `owner`: that of the object or that of its bucket. */
  | { object: 'READ' | 'READ_ACP' | 'WRITE_ACP' | 'owner' };

const reads: Need = { bucket: 'READ' };
const writes: Need = { bucket: 'WRITE' };
const owns: Need = { bucket: 'owner' };

const NEEDS: Record<Operation, Need> = {
  ListBuckets: 'nothing',
  CreateBucket: 'account',
  GetBucketNotificationConfiguration: { bucket: 'owner' },
  PutBucketNotificationConfiguration: { bucket: 'owner' },
  // A form brings its own signature.
  PostObject: 'nothing',
  GetBucketLocation: owns,
  GetBucketVersioning: owns,
  PutBucketVersioning: owns,
  GetBucketAcl: { bucket: 'READ_ACP' },
  PutBucketAcl: { bucket: 'WRITE_ACP' },
  GetBucketDocument: owns,
  PutBucketDocument: owns,
  DeleteBucketDocument: owns,
  GetBucketPolicyStatus: owns,
  ListMultipartUploads: reads,
  ListObjectVersions: reads,
  ListObjectsV2: reads,
  ListObjects: reads,
  HeadBucket: reads,
  DeleteBucket: owns,
  DeleteObjects: writes,
  ListParts: writes,
  GetObjectAcl: { object: 'READ_ACP' },
  PutObjectAcl: { object: 'WRITE_ACP' },
  GetObjectTagging: { object: 'owner' },
  PutObjectTagging: { object: 'owner' },
  DeleteObjectTagging: { object: 'owner' },
  GetObjectAttributes: { object: 'READ' },
  GetObject: { object: 'READ' },
  HeadObject: { object: 'READ' },
  UploadPartCopy: writes,
  UploadPart: writes,
  CopyObject: writes,
  PutObject: writes,
  AbortMultipartUpload: writes,
  DeleteObject: writes,
  CreateMultipartUpload: writes,
  CompleteMultipartUpload: writes,
};

/** Throws AccessDenied, or that what the request is about does not exist. */
export function authorize(parts: S3Parts, call: S3Call, operation: Operation): void {
  const need = NEEDS[operation];
  const { caller } = call.admission;
  if (need === 'nothing') return;
  if (need === 'account') {
    if (caller.kind === 'anonymous') throw new AwsError('AccessDenied');
    return;
  }
  if ('bucket' in need) return requireOnBucket(parts, caller, call.bucket, need.bucket);
  const { bucket, key } = call;
  requireOnObject(parts, caller, { bucket, key, versionId: call.query.get('versionId') }, need.object);
}

export function requireOnBucket(
  parts: S3Parts,
  caller: Caller,
  name: string,
  wanted: Permission | 'owner',
): void {
  const bucket = requireBucket(parts, name);
  if (!mayOnBucket(parts, caller, bucket, wanted)) throw new AwsError('AccessDenied');
}

/** Throws AccessDenied where the caller may not know whether the object exists. */
export function requireOnObject(
  parts: S3Parts,
  caller: Caller,
  place: { bucket: string; key: string; versionId: string | undefined },
  wanted: 'READ' | 'READ_ACP' | 'WRITE_ACP' | 'owner',
): StoredObject | undefined {
  const bucket = requireBucket(parts, place.bucket);
  // What is missing or malformed is the operation's to say; here only to those who may list.
  if (isOwner(caller, bucket.owner) && wanted !== 'READ') return undefined;
  const object = visible(parts, caller, bucket, place);
  if (object && !mayOnObject(parts, caller, bucket, object, wanted)) throw new AwsError('AccessDenied');
  return object;
}

function visible(
  parts: S3Parts,
  caller: Caller,
  bucket: Bucket,
  place: { bucket: string; key: string; versionId: string | undefined },
): StoredObject | undefined {
  try {
    return requireObject(parts, place);
  } catch (error) {
    if (!mayOnBucket(parts, caller, bucket, 'READ')) throw new AwsError('AccessDenied');
    throw error;
  }
}

function mayOnBucket(parts: S3Parts, caller: Caller, bucket: Bucket, wanted: Permission | 'owner'): boolean {
  if (isOwner(caller, bucket.owner)) return true;
  if (wanted === 'owner') return false;
  return listAllows(parts, bucket, bucketAcl(bucket), caller, wanted);
}

function mayOnObject(
  parts: S3Parts,
  caller: Caller,
  bucket: Bucket,
  object: StoredObject,
  wanted: 'READ' | 'READ_ACP' | 'WRITE_ACP' | 'owner',
): boolean {
  if (isOwner(caller, object.owner)) return true;
  if (wanted === 'owner') return isOwner(caller, bucket.owner);
  return listAllows(parts, bucket, objectAcl(object), caller, wanted);
}

function listAllows(parts: S3Parts, bucket: Bucket, acl: Acl, caller: Caller, wanted: Permission): boolean {
  if (!allows(acl, askerOf(caller), wanted)) return false;
  return !isPublic(acl) || !publicAccessBlock(parts, bucket.name).ignorePublicAcls;
}

export const bucketAcl = ({ acl, owner }: Pick<Bucket, 'acl' | 'owner'>): Acl => acl ?? privateAcl(owner);
export const objectAcl = ({ acl, owner }: Pick<StoredObject, 'acl' | 'owner'>): Acl =>
  acl ?? privateAcl(owner);

const askerOf = (caller: Caller): Asker =>
  caller.kind === 'anonymous' ? 'anonymous' : { account: caller.account };

const isOwner = (caller: Caller, owner: string): boolean =>
  caller.kind !== 'anonymous' && caller.account === owner;
