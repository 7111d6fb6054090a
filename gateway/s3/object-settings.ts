/** Tags and access control lists of objects, and what else is known of one. */
import { AwsError } from '../aws/errors.ts';
import { aclDocument, readAclDocument } from './acl.ts';
import { objectAcl } from './access.ts';
import { checkAcl, requestedAcl } from './bucket-guards.ts';
import { requireBucket, requireObject, versionHeaders } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { eventDetails } from './commit.ts';
import { readDocument } from './read-document.ts';
import { xmlReply } from './reply.ts';
import { MAX_OBJECT_TAGS, readTagDocument, tagDocument } from './tags.ts';
import type { Tag } from './tags.ts';
import { parseXml } from './xml.ts';

export const getObjectTagging: OperationHandler = (parts, call) => {
  const { object, headers } = subject(parts, call);
  return xmlReply('Tagging', tagDocument(object.tags), headers);
};

export const putObjectTagging: OperationHandler = async (parts, call) => {
  const tags = readTagDocument(await readDocument(call), MAX_OBJECT_TAGS);
  return {
    status: 200,
    headers: { ...setTags(parts, call, tags, 'ObjectTagging:Put'), 'content-length': 0 },
  };
};

export const deleteObjectTagging: OperationHandler = (parts, call) => ({
  status: 204,
  headers: setTags(parts, call, [], 'ObjectTagging:Delete'),
});

function setTags(parts: S3Parts, call: S3Call, tags: readonly Tag[], name: string): Record<string, string> {
  return parts.store.transaction(() => {
    const { bucket, object, headers } = subject(parts, call);
    parts.history.setTags(object, tags);
    parts.notify({ name, ...eventDetails(bucket, object), sequence: parts.objects.nextId() }, call.cause);
    return headers;
  });
}

export const getObjectAcl: OperationHandler = (parts, call) => {
  const { object, headers } = subject(parts, call);
  return xmlReply('AccessControlPolicy', aclDocument(object.owner, objectAcl(object)), headers);
};

export const putObjectAcl: OperationHandler = async (parts, call) => {
  const document = await readDocument(call);
  return parts.store.transaction(() => {
    const { bucket, object, headers } = subject(parts, call);
    const sides = { owner: object.owner, bucketOwner: bucket.owner };
    const acl =
      requestedAcl(parts, call, bucket, sides) ??
      readAclDocument(
        parseXml(requireText(document), 'AccessControlPolicy'),
        object.owner,
        parts.knowsAccount,
      );
    checkAcl(parts, bucket.name, acl, sides);
    parts.history.setAcl(object, acl);
    parts.notify(
      { name: 'ObjectAcl:Put', ...eventDetails(bucket, object), sequence: parts.objects.nextId() },
      call.cause,
    );
    return { status: 200, headers: { ...headers, 'content-length': 0 } };
  });
};

/** A list must be given one way or the other. */
export function requireText(document: string): string {
  if (document.trim() !== '') return document;
  throw new AwsError('MissingSecurityHeader');
}

function subject(parts: S3Parts, { bucket: name, key, query }: S3Call) {
  const object = requireObject(parts, { bucket: name, key, versionId: query.get('versionId') });
  const bucket = requireBucket(parts, name);
  return { bucket, object, headers: versionHeaders(bucket, object) };
}
