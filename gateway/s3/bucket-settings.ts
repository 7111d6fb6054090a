/** Versioning and access control lists of buckets. */
import { AwsError } from '../aws/errors.ts';
import { bucketAcl } from './access.ts';
import { aclDocument, readAclDocument } from './acl.ts';
import { checkAcl, requestedAcl } from './bucket-guards.ts';
import { requireBucket } from './call.ts';
import type { OperationHandler } from './call.ts';
import { requireText } from './object-settings.ts';
import { readDocument } from './read-document.ts';
import { xmlReply } from './reply.ts';
import { parseXml } from './xml.ts';

export const getBucketVersioning: OperationHandler = (parts, call) => {
  const { versioning } = requireBucket(parts, call.bucket);
  return xmlReply('VersioningConfiguration', { Status: versioning });
};

export const putBucketVersioning: OperationHandler = async (parts, call) => {
  const document = parseXml(await readDocument(call), 'VersioningConfiguration');
  const status = document.text('Status')?.trim();
  if (status === undefined) throw new AwsError('IllegalVersioningConfigurationException');
  if (status !== 'Enabled' && status !== 'Suspended') throw new AwsError('MalformedXML');
  if (document.text('MfaDelete')?.trim() === 'Enabled')
    throw new AwsError('NotImplemented', 'MFA delete is not implemented.');
  if (status === 'Suspended' && parts.buckets.document(call.bucket, 'object-lock') !== undefined) {
    throw new AwsError(
      'InvalidBucketState',
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    );
  }
  parts.buckets.setVersioning(requireBucket(parts, call.bucket).name, status);
  return { status: 200, headers: { 'content-length': 0 } };
};

export const getBucketAcl: OperationHandler = (parts, call) => {
  const bucket = requireBucket(parts, call.bucket);
  return xmlReply('AccessControlPolicy', aclDocument(bucket.owner, bucketAcl(bucket)));
};

export const putBucketAcl: OperationHandler = async (parts, call) => {
  const document = await readDocument(call);
  const bucket = requireBucket(parts, call.bucket);
  const sides = { owner: bucket.owner, bucketOwner: bucket.owner };
  const acl =
    requestedAcl(parts, call, bucket, sides) ??
    readAclDocument(parseXml(requireText(document), 'AccessControlPolicy'), bucket.owner, parts.knowsAccount);
  checkAcl(parts, bucket.name, acl, sides);
  parts.buckets.setAcl(bucket.name, acl);
  return { status: 200, headers: { 'content-length': 0 } };
};
