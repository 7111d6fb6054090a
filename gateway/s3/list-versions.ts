/** ListObjectVersions. */
import { AwsError } from '../aws/errors.ts';
import { numberParameter, readVersionId, requireBucket } from './call.ts';
import type { OperationHandler } from './call.ts';
import type { VersionSummary } from './history.ts';
import { listKeys, lowerAfter } from './list-keys.ts';
import { encoder } from './list-objects.ts';
import { ownerOf } from './owner.ts';
import { quoted, xmlDate, xmlReply } from './reply.ts';
import type { XmlContent } from './xml.ts';

const MAX_KEYS = 1000;

export const listObjectVersions: OperationHandler = (parts, { bucket, query }) => {
  requireBucket(parts, bucket);
  const encode = encoder({ query });
  const [prefix, delimiter, keyMarker, versionMarker] = [
    'prefix',
    'delimiter',
    'key-marker',
    'version-id-marker',
  ].map((name) => query.get(name) ?? '') as [string, string, string, string];
  if (versionMarker !== '' && keyMarker === '') {
    throw new AwsError('InvalidArgument', 'A version-id marker cannot be specified without a key marker.', {
      ArgumentName: 'version-id-marker',
      ArgumentValue: versionMarker,
    });
  }
  const asked = numberParameter({ query }, 'max-keys', { min: 0, max: 2 ** 31 - 1, otherwise: MAX_KEYS });
  const bytes = { prefix: Buffer.from(prefix), delimiter: Buffer.from(delimiter) };
  const marker = Buffer.from(keyMarker);
  const scan = (lower: Buffer): Iterable<VersionSummary> => parts.history.scan(bucket, lower);
  const isInsideKey = versionMarker !== '';
  const page = listKeys(
    isInsideKey ? (lower) => after(scan(lower), marker, readVersionId(versionMarker)) : scan,
    {
      ...bytes,
      lower: isInsideKey ? marker : lowerAfter(marker, bytes.prefix, bytes.delimiter),
      limit: Math.min(asked, MAX_KEYS),
    },
  );
  const last = page.rows.at(-1);
  const endsInGroup = page.groups.length > 0 && page.last === page.groups.at(-1);
  return xmlReply('ListVersionsResult', {
    Name: bucket,
    Prefix: encode(prefix),
    KeyMarker: encode(keyMarker),
    VersionIdMarker: versionMarker,
    NextKeyMarker: page.next && encode(page.last?.toString() ?? ''),
    NextVersionIdMarker: page.next && !endsInGroup ? (last?.version ?? 'null') : undefined,
    MaxKeys: Math.min(asked, MAX_KEYS),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: query.has('encoding-type') ? 'url' : undefined,
    IsTruncated: page.next !== undefined,
    Version: page.rows.filter((row) => !row.marker).map((row) => versionElement(row, encode)),
    DeleteMarker: page.rows.filter((row) => row.marker).map((row) => markerElement(row, encode)),
    CommonPrefixes: page.groups.map((group) => ({ Prefix: encode(group.toString()) })),
  });
};

/** What follows a version of `key` in a scan that begins at the key. */
function* after(
  scan: Iterable<VersionSummary>,
  key: Buffer,
  version: string | null,
): IterableIterator<VersionSummary> {
  let passed = false;
  for (const row of scan) {
    const isOfKey = row.key.equals(key);
    // A marker that was deleted meanwhile: go on with the next key.
    if (passed || !isOfKey) yield row;
    else passed = row.version === version;
  }
}

const markerElement = (row: VersionSummary, encode: (text: string) => string): XmlContent => ({
  Key: encode(row.key.toString()),
  VersionId: row.version ?? 'null',
  IsLatest: row.latest,
  LastModified: xmlDate(row.modifiedAt),
  Owner: ownerOf(row.owner),
});

const versionElement = (row: VersionSummary, encode: (text: string) => string): XmlContent => ({
  ...markerElement(row, encode),
  ETag: quoted(row.etag),
  ChecksumAlgorithm: row.checksum?.algorithm,
  ChecksumType: row.checksum?.type,
  Size: row.size,
  StorageClass: row.storageClass,
});
