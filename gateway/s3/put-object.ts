/** PutObject. */
import { planBody } from './body-plan.ts';
import { newObjectLock } from './object-lock.ts';
import { newObjectAccess } from './bucket-guards.ts';
import { header, requireBucket, newVersionHeaders } from './call.ts';
import type { OperationHandler } from './call.ts';
import { DEFAULT_ALGORITHM } from './checksums.ts';
import { storeObject } from './commit.ts';
import { readConditions } from './conditions.ts';
import { encryptionHeaders, keptHeaders, refuseUnsupported, storageClassOf } from './object-headers.ts';
import { checksumHeaders, quoted } from './reply.ts';
import { readTagHeader } from './tags.ts';

export const putObject: OperationHandler = async (parts, call) => {
  refuseUnsupported(call.headers);
  const target = requireBucket(parts, call.bucket);
  const { bucket, object } = await storeObject(parts, {
    bucket: call.bucket,
    key: call.key,
    headers: keptHeaders(call.headers),
    storageClass: storageClassOf(call.headers),
    ...newObjectAccess(parts, call, target),
    lock: newObjectLock(parts, call, target),
    tags: readTagHeader(header(call, 'x-amz-tagging')),
    plan: planBody(call.headers, call.admission.signature, {
      defaultAlgorithm: DEFAULT_ALGORITHM,
      upload: true,
    }),
    bytes: () => call.body(),
    conditions: readConditions(call.headers),
    eventName: 'ObjectCreated:Put',
    cause: call.cause,
  });
  return {
    status: 200,
    headers: {
      etag: quoted(object.etag),
      ...checksumHeaders(object.checksum),
      ...encryptionHeaders(object.headers),
      ...newVersionHeaders(bucket, object),
      'content-length': 0,
    },
  };
};
