/** ListObjectsV2 and ListObjects. */
import { AwsError } from '../aws/errors.ts';
import { ownerOf } from './owner.ts';
import { numberParameter, requireBucket } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { encodeEventKey } from './events.ts';
import { listKeys, lowerAfter } from './list-keys.ts';
import type { ListPage } from './list-keys.ts';
import type { ObjectSummary } from './objects.ts';
import { quoted, xmlDate, xmlReply } from './reply.ts';
import type { XmlContent } from './xml.ts';

const MAX_KEYS = 1000;

export const listObjectsV2: OperationHandler = (parts, call) => {
  const { query } = call;
  if (query.get('list-type') !== '2') {
    throw new AwsError('InvalidArgument', 'list-type must be 2', { ArgumentName: 'list-type' });
  }
  // An empty one is none, as several clients send it for the first page.
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const listing = list(parts, call, (prefix, delimiter) =>
    !token ? lowerAfter(Buffer.from(startAfter ?? ''), prefix, delimiter) : readToken(token),
  );
  const { page, encode } = listing;
  return xmlReply('ListBucketResult', {
    ...listing.common,
    KeyCount: page.rows.length + page.groups.length,
    ContinuationToken: token,
    NextContinuationToken: page.next && writeToken(page.next),
    StartAfter: startAfter === undefined ? undefined : encode(startAfter),
    ...entries(listing, query.get('fetch-owner') === 'true'),
  });
};

export const listObjects: OperationHandler = (parts, call) => {
  const marker = call.query.get('marker') ?? '';
  const listing = list(parts, call, (prefix, delimiter) =>
    lowerAfter(Buffer.from(marker), prefix, delimiter),
  );
  const { page, encode } = listing;
  const grouped = (call.query.get('delimiter') ?? '') !== '';
  return xmlReply('ListBucketResult', {
    ...listing.common,
    Marker: encode(marker),
    // Without a delimiter clients go on from the last key.
    NextMarker: page.next && grouped ? encode(page.last?.toString() ?? '') : undefined,
    ...entries(listing, true),
  });
};

interface Listing {
  page: ListPage<ObjectSummary>;
  encode: (text: string) => string;
  common: XmlContent;
}

function list(parts: S3Parts, call: S3Call, lowerOf: (prefix: Buffer, delimiter: Buffer) => Buffer): Listing {
  requireBucket(parts, call.bucket);
  const encode = encoder(call);
  const prefix = call.query.get('prefix') ?? '';
  const delimiter = call.query.get('delimiter') ?? '';
  const asked = numberParameter(call, 'max-keys', { min: 0, max: 2 ** 31 - 1, otherwise: MAX_KEYS });
  const bytes = { prefix: Buffer.from(prefix), delimiter: Buffer.from(delimiter) };
  const page = listKeys((lower) => parts.objects.scan(call.bucket, lower), {
    ...bytes,
    lower: lowerOf(bytes.prefix, bytes.delimiter),
    limit: Math.min(asked, MAX_KEYS),
  });
  const common = {
    Name: call.bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: Math.min(asked, MAX_KEYS),
    EncodingType: call.query.has('encoding-type') ? 'url' : undefined,
    IsTruncated: page.next !== undefined,
  };
  return { page, encode, common };
}

function entries({ page, encode }: Listing, withOwner: boolean): XmlContent {
  return {
    Contents: page.rows.map((row) => ({
      Key: encode(row.key.toString()),
      LastModified: xmlDate(row.modifiedAt),
      ETag: quoted(row.etag),
      ChecksumAlgorithm: row.checksum?.algorithm,
      ChecksumType: row.checksum?.type,
      Size: row.size,
      Owner: withOwner ? ownerOf(row.owner) : undefined,
      StorageClass: row.storageClass,
    })),
    CommonPrefixes: page.groups.map((group) => ({ Prefix: encode(group.toString()) })),
  };
}

/** `encoding-type=url` lets keys through that XML cannot carry; it is the encoding of event records. */
export function encoder(call: Pick<S3Call, 'query'>): (text: string) => string {
  const type = call.query.get('encoding-type');
  if (type === undefined) return (text) => text;
  if (type === 'url') return encodeEventKey;
  throw new AwsError('InvalidArgument', 'Invalid Encoding Method specified in Request', {
    ArgumentName: 'encoding-type',
    ArgumentValue: type,
  });
}

/** Where the next page begins: a place in the order of keys, so that inserts and deletes do not move it. */
const writeToken = (next: Buffer): string => `1${next.toString('base64url')}`;

function readToken(token: string): Buffer {
  const bytes = Buffer.from(token.slice(1), 'base64url');
  if (bytes.length > 0 && writeToken(bytes) === token) return bytes;
  throw new AwsError('InvalidArgument', 'The continuation token provided is incorrect', {
    ArgumentName: 'continuation-token',
  });
}
