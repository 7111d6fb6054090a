/** CreateBucket, DeleteBucket, HeadBucket, GetBucketLocation, ListBuckets. */
import { AwsError } from '../aws/errors.ts';
import { addBucket } from './add-bucket.ts';
import { aclFromHeaders, isPrivate, privateAcl } from './acl.ts';
import { isOwnership, ownershipDocument } from './bucket-guards.ts';
import { header, numberParameter, requireBucket } from './call.ts';
import type { Bucket } from './buckets.ts';
import type { OperationHandler, S3Parts } from './call.ts';
import { ownerOf } from './owner.ts';
import { readDocument } from './read-document.ts';
import { xmlDate, xmlReply } from './reply.ts';
import { MAX_BUCKET_TAGS, readTagSet, tagDocument } from './tags.ts';
import { buildXml, parseXml } from './xml.ts';

export const createBucket: OperationHandler = async (parts, call) => {
  const { region, tags } = readConfiguration(await readDocument(call));
  const owner = call.admission.caller.account;
  const acl = aclFromHeaders(call.headers, { owner, bucketOwner: owner }, parts.knowsAccount);
  const ownership = header(call, 'x-amz-object-ownership');
  if (ownership !== undefined && !isOwnership(ownership)) {
    throw new AwsError('InvalidArgument', undefined, { ArgumentName: 'x-amz-object-ownership' });
  }
  if (ownership === 'BucketOwnerEnforced' && acl && !isPrivate(acl, owner))
    throw new AwsError('InvalidBucketAclWithObjectOwnership');
  const locks = header(call, 'x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true';
  parts.store.transaction(() => {
    const existing = parts.buckets.get(call.bucket);
    if (existing) refuseAgain(parts, existing, owner);
    addBucket(parts, call.bucket, owner);
    if (acl || existing) parts.buckets.setAcl(call.bucket, acl ?? privateAcl(owner));
    if (locks) {
      parts.buckets.setVersioning(call.bucket, 'Enabled');
      const document = buildXml('ObjectLockConfiguration', { ObjectLockEnabled: 'Enabled' });
      parts.buckets.setDocument(call.bucket, 'object-lock', document);
    }
    if (region !== undefined) parts.buckets.setDocument(call.bucket, 'location', region);
    if (tags !== undefined) parts.buckets.setDocument(call.bucket, 'tagging', tags);
    if (ownership) parts.buckets.setDocument(call.bucket, 'ownershipControls', ownershipDocument(ownership));
  });
  const named = { location: `/${call.bucket}`, 'x-amz-bucket-arn': `arn:aws:s3:::${call.bucket}` };
  return { status: 200, headers: { ...named, 'content-length': 0 } };
};

/** Any region is right for a local bucket; the one it was made for is remembered. */
function readConfiguration(document: string): { region: string | undefined; tags: string | undefined } {
  if (document.trim() === '') return { region: undefined, tags: undefined };
  const configuration = parseXml(document, 'CreateBucketConfiguration');
  const region = configuration.text('LocationConstraint')?.trim();
  if (region !== undefined && !/^[\w-]{0,64}$/.test(region)) {
    throw new AwsError('InvalidLocationConstraint', undefined, { LocationConstraint: region });
  }
  const [set] = configuration.children('Tags');
  const tags = set && readTagSet(set, MAX_BUCKET_TAGS);
  return { region: region || undefined, tags: tags && buildXml('Tagging', tagDocument(tags)) };
}

/** Creating one's own bucket again is no error in the first region, and resets its list. */
function refuseAgain({ region }: S3Parts, { name, owner }: Bucket, account: string): void {
  if (owner !== account) throw new AwsError('BucketAlreadyExists', undefined, { BucketName: name });
  if (region !== 'us-east-1') throw new AwsError('BucketAlreadyOwnedByYou', undefined, { BucketName: name });
}

export const deleteBucket: OperationHandler = (parts, call) => {
  const dropped = parts.store.transaction(() => {
    requireBucket(parts, call.bucket);
    if (!parts.history.isEmpty(call.bucket)) {
      throw new AwsError('BucketNotEmpty', undefined, { BucketName: call.bucket });
    }
    parts.buckets.delete(call.bucket);
    return parts.uploads.abortAll(call.bucket);
  });
  parts.blobs.discard(dropped);
  return { status: 204 };
};

export const headBucket: OperationHandler = (parts, call) => {
  requireBucket(parts, call.bucket);
  const region = regionOf(parts, call.bucket);
  return { status: 200, headers: { 'x-amz-bucket-region': region, 'content-type': 'application/xml' } };
};

export const getBucketLocation: OperationHandler = (parts, call) => {
  requireBucket(parts, call.bucket);
  const region = regionOf(parts, call.bucket);
  // The first region has no name here.
  return xmlReply('LocationConstraint', region === 'us-east-1' ? {} : { '#text': region });
};

const regionOf = ({ buckets, region }: S3Parts, bucket: string): string =>
  buckets.document(bucket, 'location') ?? region;

export const listBuckets: OperationHandler = (parts, call) => {
  const limit = numberParameter(call, 'max-buckets', { min: 1, max: 10_000, otherwise: 10_000 });
  const prefix = call.query.get('prefix') ?? '';
  const after = call.query.get('continuation-token') ?? '';
  const { account } = call.admission.caller;
  const matching = parts.buckets
    .all()
    .filter(({ name, owner }) => owner === account && name.startsWith(prefix) && name > after);
  const page = matching.slice(0, limit);
  return xmlReply('ListAllMyBucketsResult', {
    Owner: ownerOf(account),
    Buckets: {
      Bucket: page.map(({ name, createdAt }) => ({ Name: name, CreationDate: xmlDate(createdAt) })),
    },
    ContinuationToken: matching.length > limit ? page.at(-1)?.name : undefined,
    Prefix: prefix === '' ? undefined : prefix,
  });
};
