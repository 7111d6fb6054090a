/** What each operation needs: the permission an ACL would grant, and the action a policy would name. */
import type { Permission } from './acl.ts';
import type { Operation } from './route.ts';

export interface BucketNeed {
  bucket: Permission | 'owner';
  /** Without `s3:`. */
  action: string;
}

export interface ObjectNeed {
  /** `owner`: that of the object or that of its bucket. */
  object: 'READ' | 'READ_ACP' | 'WRITE_ACP' | 'owner';
  action: string;
}

type Need =
  /** The handler looks itself. */
  | 'nothing'
  /** Any account's signature. */
  | 'account'
  | BucketNeed
  | ObjectNeed;

const onBucket = (bucket: BucketNeed['bucket'], action: string): BucketNeed => ({ bucket, action });
const onObject = (object: ObjectNeed['object'], action: string): ObjectNeed => ({ object, action });

export const GET_OBJECT = onObject('READ', 'GetObject');
export const PUT_OBJECT = onBucket('WRITE', 'PutObject');

export const NEEDS: Record<Operation, Need> = {
  ListBuckets: 'nothing',
  CreateBucket: 'account',
  // A form brings its own signature.
  PostObject: 'nothing',
  // Each key is asked for.
  DeleteObjects: 'nothing',
  GetBucketLocation: onBucket('owner', 'GetBucketLocation'),
  GetBucketVersioning: onBucket('owner', 'GetBucketVersioning'),
  PutBucketVersioning: onBucket('owner', 'PutBucketVersioning'),
  GetBucketNotificationConfiguration: onBucket('owner', 'GetBucketNotification'),
  PutBucketNotificationConfiguration: onBucket('owner', 'PutBucketNotification'),
  GetBucketAcl: onBucket('READ_ACP', 'GetBucketAcl'),
  PutBucketAcl: onBucket('WRITE_ACP', 'PutBucketAcl'),
  GetBucketPolicyStatus: onBucket('owner', 'GetBucketPolicyStatus'),
  // Their action depends on the document: asked for there.
  GetBucketDocument: 'nothing',
  PutBucketDocument: 'nothing',
  DeleteBucketDocument: 'nothing',
  ListMultipartUploads: onBucket('READ', 'ListBucketMultipartUploads'),
  ListObjectVersions: onBucket('READ', 'ListBucketVersions'),
  ListObjectsV2: onBucket('READ', 'ListBucket'),
  ListObjects: onBucket('READ', 'ListBucket'),
  HeadBucket: onBucket('READ', 'ListBucket'),
  DeleteBucket: onBucket('owner', 'DeleteBucket'),
  ListParts: onBucket('WRITE', 'ListMultipartUploadParts'),
  GetObjectAcl: onObject('READ_ACP', 'GetObjectAcl'),
  PutObjectAcl: onObject('WRITE_ACP', 'PutObjectAcl'),
  GetObjectTagging: onObject('owner', 'GetObjectTagging'),
  PutObjectTagging: onObject('owner', 'PutObjectTagging'),
  DeleteObjectTagging: onObject('owner', 'DeleteObjectTagging'),
  GetObjectRetention: onObject('owner', 'GetObjectRetention'),
  PutObjectRetention: onObject('owner', 'PutObjectRetention'),
  GetObjectLegalHold: onObject('owner', 'GetObjectLegalHold'),
  PutObjectLegalHold: onObject('owner', 'PutObjectLegalHold'),
  GetObjectAttributes: onObject('READ', 'GetObjectAttributes'),
  GetObject: GET_OBJECT,
  HeadObject: GET_OBJECT,
  UploadPartCopy: PUT_OBJECT,
  UploadPart: PUT_OBJECT,
  CopyObject: PUT_OBJECT,
  PutObject: PUT_OBJECT,
  CreateMultipartUpload: PUT_OBJECT,
  CompleteMultipartUpload: PUT_OBJECT,
  AbortMultipartUpload: onBucket('WRITE', 'AbortMultipartUpload'),
  DeleteObject: onBucket('WRITE', 'DeleteObject'),
};
