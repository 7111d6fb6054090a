/**
 * Bucket settings that are kept as the client sent them and given back. Which of them do anything here is
 * told in docs/s3.md: CORS, public access block, ownership controls and tags do; the others change nothing
 * that a test on one machine could see, so that keeping them is harmless.
 */
import { requireOnBucket } from './access.ts';
import { AwsError } from '../aws/errors.ts';
import type { WireErrorCode } from '../aws/errors.ts';
import { isOwnership, publicAccessBlock } from './bucket-guards.ts';
import { requireBucket } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { readCors } from './cors.ts';
import { checkLifecycle } from './lifecycle.ts';
import { readLockConfiguration } from './lock.ts';
import { isPublicPolicy, readPolicy } from './policy.ts';
import { readDocument } from './read-document.ts';
import { xmlReply } from './reply.ts';
import { MAX_BUCKET_TAGS, readTagDocument } from './tags.ts';
import { buildXml, parseXml } from './xml.ts';
import type { XmlContent } from './xml.ts';

interface Kind {
  /** What a policy calls it, after `s3:Get` and `s3:Put`. */
  action: string;
  /** The document's root element; a policy is JSON and has none. */
  root: string | undefined;
  /** What GET answers when there is none. */
  missing: WireErrorCode | XmlContent;
  /** Throws when the document breaks a rule; may return what to keep instead, null for nothing. */
  check?: (document: string, parts: S3Parts, bucket: string) => string | null | void;
  /** What PUT answers to no document at all; default: that it is malformed. */
  empty?: WireErrorCode;
  /** PUT answers without content, as S3 does for these only. */
  answersBare?: true;
  /** It would promise something that is not there: PUT is refused. */
  refused?: true;
}

const DOCUMENTS = {
  cors: {
    action: 'BucketCORS',
    root: 'CORSConfiguration',
    missing: 'NoSuchCORSConfiguration',
    check: (text) => void readCors(text),
  },
  lifecycle: {
    action: 'LifecycleConfiguration',
    root: 'LifecycleConfiguration',
    missing: 'NoSuchLifecycleConfiguration',
    check: checkLifecycle,
  },
  encryption: {
    action: 'EncryptionConfiguration',
    root: 'ServerSideEncryptionConfiguration',
    missing: 'ServerSideEncryptionConfigurationNotFoundError',
    check: checkEncryption,
  },
  website: { action: 'BucketWebsite', root: 'WebsiteConfiguration', missing: 'NoSuchWebsiteConfiguration' },
  policy: {
    action: 'BucketPolicy',
    root: undefined,
    missing: 'NoSuchBucketPolicy',
    check: checkPolicy,
    answersBare: true,
  },
  publicAccessBlock: {
    action: 'BucketPublicAccessBlock',
    root: 'PublicAccessBlockConfiguration',
    missing: 'NoSuchPublicAccessBlockConfiguration',
    check: completeAccessBlock,
  },
  ownershipControls: {
    action: 'BucketOwnershipControls',
    root: 'OwnershipControls',
    missing: 'OwnershipControlsNotFoundError',
    check: checkOwnership,
  },
  tagging: {
    action: 'BucketTagging',
    root: 'Tagging',
    missing: 'NoSuchTagSet',
    // No tags is as good as no document.
    check: (text) => (readTagDocument(text, MAX_BUCKET_TAGS).length === 0 ? null : text),
    answersBare: true,
  },
  logging: { action: 'BucketLogging', root: 'BucketLoggingStatus', missing: {} },
  accelerate: {
    action: 'AccelerateConfiguration',
    root: 'AccelerateConfiguration',
    missing: {},
    check: checkAcceleration,
  },
  requestPayment: {
    action: 'BucketRequestPayment',
    root: 'RequestPaymentConfiguration',
    missing: { Payer: 'BucketOwner' },
  },
  replication: {
    action: 'ReplicationConfiguration',
    root: 'ReplicationConfiguration',
    missing: 'ReplicationConfigurationNotFoundError',
    refused: true,
  },
  'object-lock': {
    action: 'BucketObjectLockConfiguration',
    root: 'ObjectLockConfiguration',
    missing: 'ObjectLockConfigurationNotFoundError',
    check: checkLock,
    empty: 'MissingRequestBodyError',
  },
} as const satisfies Record<string, Kind>;

export const BUCKET_DOCUMENTS: readonly string[] = Object.keys(DOCUMENTS);

export const getBucketDocument: OperationHandler = (parts, call) => {
  const { name, kind } = kindOf(call);
  requireOnBucket(parts, call, { bucket: 'owner', action: `Get${kind.action}` });
  const document = parts.buckets.document(call.bucket, name);
  if (document !== undefined) {
    const type = kind.root === undefined ? 'application/json' : 'application/xml';
    return { status: 200, headers: { 'content-type': type }, body: document };
  }
  if (typeof kind.missing === 'string')
    throw new AwsError(kind.missing, undefined, { BucketName: call.bucket });
  return xmlReply(kind.root ?? name, kind.missing);
};

export const putBucketDocument: OperationHandler = async (parts, call) => {
  const { name, kind } = kindOf(call);
  requireOnBucket(parts, call, { bucket: 'owner', action: `Put${kind.action}` });
  const text = await readDocument(call);
  requireBucket(parts, call.bucket);
  if (kind.refused) throw new AwsError('NotImplemented', `PUT ?${name} is not implemented.`);
  if (kind.empty && text === '') throw new AwsError(kind.empty);
  if (kind.root !== undefined) parseXml(text, kind.root);
  const kept = kind.check?.(text, parts, call.bucket);
  if (kept === null) parts.buckets.removeDocument(call.bucket, name);
  else parts.buckets.setDocument(call.bucket, name, kept ?? text);
  return kind.answersBare ? { status: 204 } : { status: 200, headers: { 'content-length': 0 } };
};

export const deleteBucketDocument: OperationHandler = (parts, call) => {
  const { name, kind } = kindOf(call);
  if (name === 'object-lock') throw new AwsError('MethodNotAllowed');
  // Only a policy's removal is an action of its own.
  const action = name === 'policy' ? 'DeleteBucketPolicy' : `Put${kind.action}`;
  requireOnBucket(parts, call, { bucket: 'owner', action });
  parts.buckets.removeDocument(call.bucket, name);
  return { status: 204 };
};

export const getBucketPolicyStatus: OperationHandler = (parts, call) => {
  const document = parts.buckets.document(requireBucket(parts, call.bucket).name, 'policy');
  if (document === undefined)
    throw new AwsError('NoSuchBucketPolicy', undefined, { BucketName: call.bucket });
  return xmlReply('PolicyStatus', { IsPublic: isPublicPolicy(readPolicy(document)) });
};

function kindOf({ query }: S3Call): { name: string; kind: Kind } {
  const found = Object.entries<Kind>(DOCUMENTS).find(([name]) => query.has(name));
  if (!found) throw new AwsError('NotImplemented');
  return { name: found[0], kind: found[1] };
}

function checkEncryption(document: string): void {
  if (parseXml(document, 'ServerSideEncryptionConfiguration').children('Rule').length === 0)
    throw new AwsError('MalformedXML');
}

function checkAcceleration(document: string): void {
  const status = parseXml(document, 'AccelerateConfiguration').text('Status')?.trim();
  if (status !== 'Enabled' && status !== 'Suspended') throw new AwsError('MalformedXML');
}

/** What is not said is off, and is given back so. */
function completeAccessBlock(document: string): string {
  const given = parseXml(document, 'PublicAccessBlockConfiguration');
  const names = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];
  const settings = names.map((name) => [name, given.text(name)?.trim().toLowerCase() === 'true'] as const);
  return buildXml('PublicAccessBlockConfiguration', Object.fromEntries(settings));
}

function checkPolicy(document: string, parts: S3Parts, bucket: string): void {
  const policy = readPolicy(document, bucket);
  if (isPublicPolicy(policy) && publicAccessBlock(parts, bucket).blockPublicPolicy)
    throw new AwsError('AccessDenied');
}

/** What is locked can only be where versions are kept. */
function checkLock(document: string, parts: S3Parts, bucket: string): void {
  readLockConfiguration(document);
  if (requireBucket(parts, bucket).versioning !== 'Enabled') {
    throw new AwsError(
      'InvalidBucketState',
      "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    );
  }
}

function checkOwnership(document: string): void {
  const [rule, another] = parseXml(document, 'OwnershipControls').children('Rule');
  if (another || !isOwnership(rule?.text('ObjectOwnership')?.trim())) throw new AwsError('MalformedXML');
}
