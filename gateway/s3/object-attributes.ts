/** GetObjectAttributes. */
import { AwsError } from '../aws/errors.ts';
import { header, requireBucket, requireObject, versionHeaders } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import type { Checksum } from './checksums.ts';
import type { StoredObject } from './objects.ts';
import { checksumElements, httpDate, xmlReply } from './reply.ts';
import type { XmlContent } from './xml.ts';

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];
const MAX_PARTS = 1000;

export const getObjectAttributes: OperationHandler = (parts, call) => {
  const { bucket, key, query } = call;
  const object = requireObject(parts, { bucket, key, versionId: query.get('versionId') });
  const wanted = wantedAttributes(call);
  const has = (name: string): boolean => wanted.includes(name);
  return xmlReply(
    'GetObjectAttributesResponse',
    {
      ETag: has('ETag') ? object.etag : undefined,
      Checksum: has('Checksum') && object.checksum ? checksumElements(bare(object.checksum)) : undefined,
      ObjectParts: has('ObjectParts') && object.multipart ? objectParts(parts, call, object) : undefined,
      StorageClass: has('StorageClass') ? object.storageClass : undefined,
      ObjectSize: has('ObjectSize') ? object.size : undefined,
    },
    {
      'last-modified': httpDate(object.modifiedAt),
      ...versionHeaders(requireBucket(parts, bucket), object),
    },
  );
};

/** Here, and only here, a composite checksum goes without the number of its parts. */
const bare = (checksum: Checksum): Checksum => ({ ...checksum, value: checksum.value.replace(/-\d+$/, '') });

function wantedAttributes(call: S3Call): string[] {
  const names = (header(call, 'x-amz-object-attributes') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length > 0 && names.every((name) => ATTRIBUTES.includes(name))) return names;
  throw new AwsError('InvalidArgument', 'Invalid attribute name specified.', {
    ArgumentName: 'x-amz-object-attributes',
    ArgumentValue: names.join(','),
  });
}

function objectParts(parts: S3Parts, call: S3Call, object: StoredObject): XmlContent {
  const limit = Math.min(numberHeader(call, 'x-amz-max-parts', MAX_PARTS), MAX_PARTS);
  const after = numberHeader(call, 'x-amz-part-number-marker', 0);
  const found = parts.objects.parts(object, after, limit + 1);
  const page = found.slice(0, limit);
  return {
    PartsCount: parts.objects.partCount(object),
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.number ?? after,
    MaxParts: limit,
    IsTruncated: found.length > limit,
    // As on S3, single parts are listed only where each has a checksum.
    Part: page.flatMap(({ number, size, checksum }) => {
      const { ChecksumType: _, ...value } = checksumElements(checksum);
      return checksum ? [{ PartNumber: number, Size: size, ...value }] : [];
    }),
  };
}

function numberHeader(call: S3Call, name: string, otherwise: number): number {
  const text = header(call, name);
  if (text === undefined) return otherwise;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new AwsError('InvalidArgument', undefined, { ArgumentName: name, ArgumentValue: text });
}
