/** ListParts and ListMultipartUploads. */
import { OWNER } from './owner.ts';
import { numberParameter, requireBucket } from './call.ts';
import type { OperationHandler } from './call.ts';
import { encoder } from './list-objects.ts';
import { quoted, xmlDate, xmlReply } from './reply.ts';
import { partChecksumElements, requireUpload } from './upload-part.ts';
import type { Upload } from './uploads.ts';

const MAX_ENTRIES = 1000;

export const listParts: OperationHandler = (parts, call) => {
  const upload = requireUpload(parts, call);
  const asked = numberParameter(call, 'max-parts', { min: 0, max: 2 ** 31 - 1, otherwise: MAX_ENTRIES });
  const after = numberParameter(call, 'part-number-marker', { min: 0, max: 2 ** 31 - 1, otherwise: 0 });
  const limit = Math.min(asked, MAX_ENTRIES);
  const found = parts.uploads.parts(upload.id, after, limit + 1);
  const page = found.slice(0, limit);
  return xmlReply('ListPartsResult', {
    Bucket: upload.bucket,
    Key: encoder(call)(upload.key),
    UploadId: upload.id,
    Initiator: OWNER,
    Owner: OWNER,
    StorageClass: upload.storageClass,
    ChecksumAlgorithm: upload.checksum?.algorithm,
    ChecksumType: upload.checksum?.type,
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.number ?? after,
    MaxParts: limit,
    IsTruncated: found.length > limit && limit > 0,
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: xmlDate(part.modifiedAt),
      ETag: quoted(part.etag),
      Size: part.size,
      ...partChecksumElements(part),
    })),
  });
};

export const listMultipartUploads: OperationHandler = (parts, call) => {
  const { query, bucket } = call;
  requireBucket(parts, bucket);
  const encode = encoder(call);
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const asked = numberParameter(call, 'max-uploads', { min: 0, max: 2 ** 31 - 1, otherwise: MAX_ENTRIES });
  const limit = Math.min(asked, MAX_ENTRIES);
  const page: Upload[] = [];
  let more = false;
  const lower = Buffer.from(keyMarker > prefix ? keyMarker : prefix);
  for (const upload of parts.uploads.scan(bucket, lower)) {
    if (!upload.key.startsWith(prefix)) break;
    if (upload.key === keyMarker && (idMarker === '' || upload.id <= idMarker)) continue;
    if (page.length === limit) {
      more = limit > 0;
      break;
    }
    page.push(upload);
  }
  return xmlReply('ListMultipartUploadsResult', {
    Bucket: bucket,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: more ? encode(page.at(-1)?.key ?? '') : undefined,
    NextUploadIdMarker: more ? page.at(-1)?.id : undefined,
    Prefix: encode(prefix),
    EncodingType: query.has('encoding-type') ? 'url' : undefined,
    MaxUploads: limit,
    IsTruncated: more,
    Upload: page.map((upload) => ({
      Key: encode(upload.key),
      UploadId: upload.id,
      Initiator: OWNER,
      Owner: OWNER,
      StorageClass: upload.storageClass,
      Initiated: xmlDate(upload.createdAt),
      ChecksumAlgorithm: upload.checksum?.algorithm,
      ChecksumType: upload.checksum?.type,
    })),
  });
};
