/** Bucket settings that change what others may be given: ownership controls and the public access block. */
import { AwsError } from '../aws/errors.ts';
import { aclFromHeaders, isPrivate, isPublic } from './acl.ts';
import type { Acl, AclSubject } from './acl.ts';
import type { Bucket } from './buckets.ts';
import type { S3Call, S3Parts } from './call.ts';
import { parseXml } from './xml.ts';

const OWNERSHIPS = ['ObjectWriter', 'BucketOwnerPreferred', 'BucketOwnerEnforced'] as const;
export type ObjectOwnership = (typeof OWNERSHIPS)[number];

export const isOwnership = (text: string | undefined): text is ObjectOwnership =>
  OWNERSHIPS.some((name) => name === text);

/** Without controls the writer owns an object and lists count, as on S3 before 2023: nothing else would let a local test see them work. */
export function ownershipOf({ buckets }: Pick<S3Parts, 'buckets'>, bucket: string): ObjectOwnership {
  const document = buckets.document(bucket, 'ownershipControls');
  if (document === undefined) return 'ObjectWriter';
  const [rule] = parseXml(document, 'OwnershipControls').children('Rule');
  const named = rule?.text('ObjectOwnership');
  return isOwnership(named) ? named : 'ObjectWriter';
}

export const ownershipDocument = (ownership: ObjectOwnership): string =>
  `<OwnershipControls><Rule><ObjectOwnership>${ownership}</ObjectOwnership></Rule></OwnershipControls>`;

export interface PublicAccessBlock {
  blockPublicAcls: boolean;
  ignorePublicAcls: boolean;
  blockPublicPolicy: boolean;
}

export function publicAccessBlock({ buckets }: Pick<S3Parts, 'buckets'>, bucket: string): PublicAccessBlock {
  const document = buckets.document(bucket, 'publicAccessBlock');
  const settings = document === undefined ? undefined : parseXml(document, 'PublicAccessBlockConfiguration');
  const isOn = (name: string): boolean => settings?.text(name)?.trim().toLowerCase() === 'true';
  return {
    blockPublicAcls: isOn('BlockPublicAcls'),
    ignorePublicAcls: isOn('IgnorePublicAcls'),
    blockPublicPolicy: isOn('BlockPublicPolicy'),
  };
}

/** The list the request's headers ask for, if it may be given. */
export function requestedAcl(
  parts: S3Parts,
  { headers }: Pick<S3Call, 'headers'>,
  bucket: Pick<Bucket, 'name'>,
  subject: AclSubject,
): Acl | undefined {
  const acl = aclFromHeaders(headers, subject, parts.knowsAccount);
  if (acl) checkAcl(parts, bucket.name, acl, subject);
  return acl;
}

/** Throws AccessControlListNotSupported or AccessDenied. */
export function checkAcl(parts: S3Parts, bucket: string, acl: Acl, { bucketOwner }: AclSubject): void {
  if (!isPrivate(acl, bucketOwner) && ownershipOf(parts, bucket) === 'BucketOwnerEnforced')
    throw new AwsError('AccessControlListNotSupported');
  if (isPublic(acl) && publicAccessBlock(parts, bucket).blockPublicAcls) throw new AwsError('AccessDenied');
}

/** To whom a new object belongs, and what its list is. */
export function newObjectAccess(
  parts: S3Parts,
  call: Pick<S3Call, 'headers' | 'admission'>,
  bucket: Bucket,
): { owner: string; acl: Acl | undefined } {
  const writer = call.admission.caller.account;
  const ownership = writer === bucket.owner ? 'ObjectWriter' : ownershipOf(parts, bucket.name);
  const gives = call.headers['x-amz-acl'] === 'bucket-owner-full-control';
  const owner =
    ownership === 'BucketOwnerEnforced' || (ownership === 'BucketOwnerPreferred' && gives)
      ? bucket.owner
      : writer;
  return { owner, acl: requestedAcl(parts, call, bucket, { owner, bucketOwner: bucket.owner }) };
}
