/** Who may do what: bucket policies first, then owners, and whom access control lists let in. */
import type { Caller } from '../aws/credentials.ts';
import { AwsError } from '../aws/errors.ts';
import { allows, isPublic, privateAcl } from './acl.ts';
import type { Acl, Asker, Permission } from './acl.ts';
import { publicAccessBlock } from './bucket-guards.ts';
import type { Bucket } from './buckets.ts';
import { requireBucket, requireObject } from './call.ts';
import type { S3Call, S3Parts } from './call.ts';
import type { StoredObject } from './objects.ts';
import { checkExpectedOwner } from './expected-owner.ts';
import { NEEDS, PUT_OBJECT } from './needs.ts';
import type { BucketNeed, ObjectNeed } from './needs.ts';
import { decide, readPolicy } from './policy.ts';
import type { Policy } from './policy.ts';
import { policyKeys } from './policy-keys.ts';
import type { Operation } from './route.ts';

/** What a request is about, where that is not its own bucket and key. */
export interface Place {
  bucket: string;
  key: string;
  versionId: string | undefined;
}

/** Throws AccessDenied, or that what the request is about does not exist. */
export function authorize(parts: S3Parts, call: S3Call, operation: Operation): void {
  const need = NEEDS[operation];
  checkExpectedOwner(parts, call, { bucket: call.bucket });
  if (need === 'nothing') return;
  if (need === 'account') {
    if (call.admission.caller.kind === 'anonymous') throw new AwsError('AccessDenied');
    return;
  }
  if ('bucket' in need) {
    requireOnBucket(parts, call, { ...need, action: versionAction(need.action, placeOf(call)) });
    if (need.action === PUT_OBJECT.action) requireForHeaders(parts, call, operation);
  } else requireOnObject(parts, call, placeOf(call), need);
}

/** What a write does besides, by its headers, a policy has to allow by its own name. */
function requireForHeaders(parts: S3Parts, call: S3Call, operation: Operation): void {
  if (operation === 'UploadPart' || operation === 'UploadPartCopy') return;
  for (const [name, action] of ACTIONS_BY_HEADER)
    if (call.headers[name] !== undefined) requireOnBucket(parts, call, { ...PUT_OBJECT, action });
}

const ACTIONS_BY_HEADER = [
  ['x-amz-object-lock-mode', 'PutObjectRetention'],
  ['x-amz-object-lock-legal-hold', 'PutObjectLegalHold'],
] as const;

export function requireOnBucket(parts: S3Parts, call: S3Call, need: BucketNeed): void {
  const { caller } = call.admission;
  const bucket = requireBucket(parts, call.bucket);
  const verdict = policyVerdict(parts, call, {
    place: placeOf(call),
    action: need.action,
    object: undefined,
  });
  if (verdict === 'Allow' || (verdict === undefined && mayOnBucket(parts, caller, bucket, need.bucket)))
    return;
  // Else nobody could ever take back a policy that denies everything.
  if (isOwner(caller, bucket.owner) && POLICY_ACTIONS.has(need.action)) return;
  throw new AwsError('AccessDenied');
}

const POLICY_ACTIONS = new Set(['GetBucketPolicy', 'PutBucketPolicy', 'DeleteBucketPolicy']);

/** The same for one object, of which those who may not list are not told whether it exists. */
export function requireOnObject(parts: S3Parts, call: S3Call, place: Place, need: ObjectNeed): void {
  const { caller } = call.admission;
  const bucket = requireBucket(parts, place.bucket);
  const object = visible(parts, call, bucket, place);
  const verdict = policyVerdict(parts, call, { place, action: versionAction(need.action, place), object });
  if (verdict === 'Allow') return;
  if (verdict === 'Deny' || !object || !mayOnObject(parts, caller, bucket, object, need.object))
    throw new AwsError('AccessDenied');
}

/** Undefined where a policy has to say whether it may be seen at all. */
function visible(parts: S3Parts, call: S3Call, bucket: Bucket, place: Place): StoredObject | undefined {
  try {
    return requireObject(parts, { ...place, method: call.method });
  } catch (error) {
    const list = { place: { ...place, key: '' }, action: 'ListBucket', object: undefined };
    const verdict = policyVerdict(parts, call, list);
    const maySee =
      verdict === 'Allow' ||
      (verdict === undefined && mayOnBucket(parts, call.admission.caller, bucket, 'READ'));
    throw maySee ? error : new AwsError('AccessDenied');
  }
}

/** Whether the bucket's policy lets the caller do it: `Allow`, `Deny`, or undefined where it says nothing. */
export function policyVerdict(
  { buckets }: S3Parts,
  call: S3Call,
  question: { place: Place; action: string; object: StoredObject | undefined },
): 'Allow' | 'Deny' | undefined {
  const { place, action, object } = question;
  const document = buckets.document(place.bucket, 'policy');
  if (document === undefined) return undefined;
  return decide(policyOf(document), {
    asker: askerOf(call.admission.caller),
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${place.bucket}${place.key === '' ? '' : `/${place.key}`}`,
    keys: policyKeys(call, object),
  });
}

/** Policies are asked for every request and hardly ever change. */
const policies = new Map<string, Policy>();
const MAX_POLICIES = 100;

function policyOf(document: string): Policy {
  const known = policies.get(document);
  if (known) return known;
  if (policies.size >= MAX_POLICIES) policies.clear();
  const policy = readPolicy(document);
  policies.set(document, policy);
  return policy;
}

const placeOf = ({ bucket, key, query }: S3Call): Place => ({
  bucket,
  key,
  versionId: query.get('versionId'),
});

/** What is done to a version is an action of its own. */
export const versionAction = (action: string, { versionId }: Pick<Place, 'versionId'>): string =>
  versionId === undefined ? action : action.replace(/^(Get|Put|Delete)Object/, '$1ObjectVersion');

/** By ownership and ACL alone. */
export function mayOnBucket(
  parts: S3Parts,
  caller: Caller,
  bucket: Bucket,
  wanted: Permission | 'owner',
): boolean {
  if (isOwner(caller, bucket.owner)) return true;
  if (wanted === 'owner') return false;
  return listAllows(parts, bucket, bucketAcl(bucket), caller, wanted);
}

function mayOnObject(
  parts: S3Parts,
  caller: Caller,
  bucket: Bucket,
  object: StoredObject,
  wanted: ObjectNeed['object'],
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
