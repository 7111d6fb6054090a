/** ListParts and ListMultipartUploads. */
import { listKeys, lowerAfter } from './list-keys.ts';
import { ownerOf } from './owner.ts';
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
    Initiator: ownerOf(upload.owner),
    Owner: ownerOf(upload.owner),
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
  const [prefix, delimiter, keyMarker] = ['prefix', 'delimiter', 'key-marker'].map(
    (name) => query.get(name) ?? '',
  ) as [string, string, string];
  // S3 ignores the id without the key it belongs to.
  const idMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const asked = numberParameter(call, 'max-uploads', { min: 0, max: 2 ** 31 - 1, otherwise: MAX_ENTRIES });
  const bytes = { prefix: Buffer.from(prefix), delimiter: Buffer.from(delimiter) };
  const marker = Buffer.from(keyMarker);
  const limit = Math.min(asked, MAX_ENTRIES);
  const page = listKeys((lower) => rows(parts.uploads.scan(bucket, lower), marker, idMarker), {
    ...bytes,
    lower: idMarker === '' ? lowerAfter(marker, bytes.prefix, bytes.delimiter) : marker,
    limit,
  });
  const last = page.rows.at(-1)?.upload;
  return xmlReply('ListMultipartUploadsResult', {
    Bucket: bucket,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: page.next && encode(page.last?.toString() ?? ''),
    NextUploadIdMarker: page.next && page.last === page.rows.at(-1)?.key ? last?.id : undefined,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: query.has('encoding-type') ? 'url' : undefined,
    MaxUploads: limit,
    IsTruncated: page.next !== undefined,
    Upload: page.rows.map(({ upload }) => ({
      Key: encode(upload.key),
      UploadId: upload.id,
      Initiator: ownerOf(upload.owner),
      Owner: ownerOf(upload.owner),
      StorageClass: upload.storageClass,
      Initiated: xmlDate(upload.createdAt),
      ChecksumAlgorithm: upload.checksum?.algorithm,
      ChecksumType: upload.checksum?.type,
    })),
    CommonPrefixes: page.groups.map((group) => ({ Prefix: encode(group.toString()) })),
  });
};

/** A key's uploads follow one another as they were begun; a page may begin between two of them. */
function* rows(
  uploads: Iterable<Upload>,
  marker: Buffer,
  idMarker: string,
): IterableIterator<{ key: Buffer; upload: Upload }> {
  let passed = false;
  for (const upload of uploads) {
    const key = Buffer.from(upload.key);
    if (idMarker === '' || passed || !key.equals(marker)) yield { key, upload };
    else passed = upload.id === idMarker;
  }
}
