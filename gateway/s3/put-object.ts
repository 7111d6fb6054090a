/** PutObject and CopyObject. */
import { AwsError } from '../aws/errors.ts';
import { planBody } from './body-plan.ts';
import { header, refuseVersion, requireObject } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { parseAlgorithm } from './checksums.ts';
import type { ChecksumAlgorithm } from './checksums.ts';
import { MAX_PUT_BYTES, internalPlan, storeObject } from './commit.ts';
import { checkRead, readConditions } from './conditions.ts';
import { keptHeaders, refuseUnsupported, storageClassOf } from './object-headers.ts';
import type { StoredObject } from './objects.ts';
import { checksumElements, checksumHeaders, quoted, xmlDate, xmlReply } from './reply.ts';
import { parseCopySource } from './resource.ts';

export const putObject: OperationHandler = async (parts, call) => {
  refuseUnsupported(call.headers);
  const { object } = await storeObject(parts, {
    bucket: call.bucket,
    key: call.key,
    headers: keptHeaders(call.headers),
    storageClass: storageClassOf(call.headers),
    plan: planBody(call.headers, call.admission.signature),
    bytes: () => call.body(),
    conditions: readConditions(call.headers),
    eventName: 'ObjectCreated:Put',
    cause: call.cause,
  });
  return {
    status: 200,
    headers: { etag: quoted(object.etag), ...checksumHeaders(object.checksum), 'content-length': 0 },
  };
};

export const copyObject: OperationHandler = async (parts, call) => {
  refuseUnsupported(call.headers);
  const source = copySource(parts, call);
  if (source.size > MAX_PUT_BYTES)
    throw new AwsError('InvalidRequest', 'The copy source is too large; copy its parts.');
  const replaces = directive(call) === 'REPLACE';
  const toItself = source.bucket === call.bucket && source.key === call.key;
  if (toItself && !replaces && call.headers['x-amz-storage-class'] === undefined) {
    throw new AwsError(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  // Opened in the same tick as its row was read, so that no overwrite can come between them.
  const bytes = parts.blobs.read(parts.objects.slices(source, 0, source.size));
  try {
    const { object } = await storeObject(parts, {
      bucket: call.bucket,
      key: call.key,
      headers: replaces ? keptHeaders(call.headers) : source.headers,
      storageClass: storageClassOf(call.headers),
      plan: internalPlan(source.size, requestedAlgorithm(call) ?? source.checksum?.algorithm),
      bytes: () => bytes,
      conditions: readConditions(call.headers),
      eventName: 'ObjectCreated:Copy',
      cause: call.cause,
    });
    return xmlReply('CopyObjectResult', {
      LastModified: xmlDate(object.modifiedAt),
      ETag: quoted(object.etag),
      ...checksumElements(object.checksum),
    });
  } finally {
    bytes.destroy();
  }
};

/** The object that x-amz-copy-source names, if its conditions hold. */
export function copySource(parts: S3Parts, call: S3Call): StoredObject {
  const { bucket, key, versionId } = parseCopySource(header(call, 'x-amz-copy-source') ?? '');
  refuseVersion(versionId);
  const object = requireObject(parts, bucket, key);
  if (checkRead(readConditions(call.headers, 'x-amz-copy-source-'), object) !== 'proceed') {
    throw new AwsError('PreconditionFailed', undefined, { Condition: 'x-amz-copy-source-If' });
  }
  return object;
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

function directive(call: S3Call): 'COPY' | 'REPLACE' {
  const value = header(call, 'x-amz-metadata-directive') ?? 'COPY';
  if (value === 'COPY' || value === 'REPLACE') return value;
  throw new AwsError('InvalidArgument', 'Unknown metadata directive.', {
    ArgumentName: 'x-amz-metadata-directive',
    ArgumentValue: value,
  });
}
