/** CopyObject, and what it shares with UploadPartCopy. */
import { AwsError } from '../aws/errors.ts';
import { requireOnObject } from './access.ts';
import { newObjectLock } from './object-lock.ts';
import { newObjectAccess } from './bucket-guards.ts';
import { header, newVersionHeaders, requireBucket, requireObject, versionHeaders } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { DEFAULT_ALGORITHM, parseAlgorithm } from './checksums.ts';
import type { ChecksumAlgorithm } from './checksums.ts';
import { MAX_PUT_BYTES, internalPlan, storeObject } from './commit.ts';
import { checkRead, readConditions } from './conditions.ts';
import type { Conditions } from './conditions.ts';
import { checkExpectedOwner } from './expected-owner.ts';
import { GET_OBJECT } from './needs.ts';
import {
  copiedHeaders,
  encryptionHeaders,
  keptHeaders,
  refuseUnsupported,
  storageClassOf,
} from './object-headers.ts';
import type { StoredObject } from './objects.ts';
import { checksumElements, quoted, xmlDate, xmlReply } from './reply.ts';
import { parseCopySource } from './resource.ts';
import { readTagHeader } from './tags.ts';

export const copyObject: OperationHandler = async (parts, call) => {
  refuseUnsupported(call.headers);
  const { source, headers: sourceHeaders, versionId } = copySource(parts, call);
  if (source.size > MAX_PUT_BYTES)
    throw new AwsError('InvalidRequest', 'The copy source is too large; copy its parts.');
  const replaces = directive(call, 'x-amz-metadata-directive') === 'REPLACE';
  const toItself = source.bucket === call.bucket && source.key === call.key && versionId === undefined;
  if (toItself && !replaces && !changesAnything(call)) {
    throw new AwsError(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const retags = directive(call, 'x-amz-tagging-directive') === 'REPLACE';
  const target = requireBucket(parts, call.bucket);
  const access = {
    ...newObjectAccess(parts, call, target),
    lock: newObjectLock(parts, call, target),
  };
  const algorithm = requestedAlgorithm(call) ?? source.checksum?.algorithm ?? DEFAULT_ALGORITHM;
  // Opened in the same tick as its row was read, so that no overwrite can come between them.
  const bytes = parts.blobs.read(parts.objects.slices(source, 0, source.size));
  try {
    const { bucket, object } = await storeObject(parts, {
      bucket: call.bucket,
      key: call.key,
      headers: replaces ? keptHeaders(call.headers) : copiedHeaders(source.headers, call.headers),
      storageClass: storageClassOf(call.headers),
      ...access,
      tags: retags ? readTagHeader(header(call, 'x-amz-tagging')) : source.tags,
      plan: internalPlan(source.size, algorithm),
      bytes: () => bytes,
      conditions: readConditions(call.headers),
      eventName: 'ObjectCreated:Copy',
      cause: call.cause,
    });
    return xmlReply(
      'CopyObjectResult',
      {
        LastModified: xmlDate(object.modifiedAt),
        ETag: quoted(object.etag),
        ...checksumElements(object.checksum),
      },
      { ...sourceHeaders, ...encryptionHeaders(object.headers), ...newVersionHeaders(bucket, object) },
    );
  } finally {
    bytes.destroy();
  }
};

export interface CopySource {
  source: StoredObject;
  /** `x-amz-copy-source-version-id`, where the source's bucket has versions. */
  headers: Record<string, string>;
  /** As the request names it. */
  versionId: string | undefined;
}

/** The object that x-amz-copy-source names, if it may be read and its conditions hold. */
export function copySource(parts: S3Parts, call: S3Call): CopySource {
  const place = parseCopySource(header(call, 'x-amz-copy-source') ?? '');
  checkExpectedOwner(parts, call, { bucket: place.bucket, source: true });
  refuseMarker(parts, place);
  requireOnObject(parts, call, place, GET_OBJECT);
  const source = requireObject(parts, place);
  const conditions = readConditions(call.headers, 'x-amz-copy-source-');
  const outcome = checkRead(conditions, source);
  if (outcome !== 'proceed') {
    throw new AwsError('PreconditionFailed', undefined, {
      Condition: `x-amz-copy-source-${conditionNamed(conditions, outcome)}`,
    });
  }
  const version = versionHeaders(requireBucket(parts, place.bucket), source)['x-amz-version-id'];
  return {
    source,
    headers: version === undefined ? {} : { 'x-amz-copy-source-version-id': version },
    versionId: place.versionId,
  };
}

/** Which condition a copy failed by. */
function conditionNamed(
  { ifMatch, ifNoneMatch }: Conditions,
  outcome: 'not-modified' | 'failed',
): 'If-Match' | 'If-None-Match' | 'If-Modified-Since' | 'If-Unmodified-Since' {
  if (outcome === 'failed') return ifMatch === undefined ? 'If-Unmodified-Since' : 'If-Match';
  return ifNoneMatch === undefined ? 'If-Modified-Since' : 'If-None-Match';
}

function refuseMarker(parts: S3Parts, { bucket, key, versionId }: ReturnType<typeof parseCopySource>): void {
  if (versionId === undefined) return;
  const version = parts.history.find(bucket, key, versionId === 'null' ? null : versionId);
  if (version?.kind !== 'marker') return;
  throw new AwsError(
    'InvalidRequest',
    'The source of a copy request may not specifically refer to a delete marker by version id.',
  );
}

/** `x-amz-checksum-algorithm`: what the store is asked to compute. */
export function requestedAlgorithm(call: S3Call): ChecksumAlgorithm | undefined {
  const name = header(call, 'x-amz-checksum-algorithm');
  if (name === undefined) return undefined;
  const algorithm = parseAlgorithm(name);
  if (algorithm) return algorithm;
  throw new AwsError(
    'InvalidRequest',
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
  );
}

/** What makes a copy onto itself worth while, besides new metadata. */
const changesAnything = ({ headers }: S3Call): boolean =>
  ['x-amz-storage-class', 'x-amz-website-redirect-location', 'x-amz-server-side-encryption'].some(
    (name) => headers[name] !== undefined,
  );

function directive(call: S3Call, name: string): 'COPY' | 'REPLACE' {
  const value = header(call, name) ?? 'COPY';
  if (value === 'COPY' || value === 'REPLACE') return value;
  throw new AwsError('InvalidArgument', `Unknown ${name.replace('x-amz-', '').replaceAll('-', ' ')}.`, {
    ArgumentName: name,
    ArgumentValue: value,
  });
}
