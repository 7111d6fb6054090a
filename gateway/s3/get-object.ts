/** GetObject and HeadObject. */
import type { OutgoingHttpHeaders } from 'node:http';
import { AwsError } from '../aws/errors.ts';
import type { AwsReply } from '../aws/request.ts';
import { header, numberParameter, requireBucket, requireObject, versionHeaders } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import type { Checksum } from './checksums.ts';
import { checkRead, readConditions } from './conditions.ts';
import { lockHeaders } from './lock.ts';
import type { StoredObject } from './objects.ts';
import { parseRange } from './range.ts';
import type { ByteRange } from './range.ts';
import { checksumHeaders, httpDate, quoted } from './reply.ts';

/** Row, range and blobs are taken in one tick: an overwrite meanwhile changes nothing for this reader. */
export const getObject: OperationHandler = async (parts, call) => {
  const { bucket, key, query } = call;
  const object = requireObject(parts, { bucket, key, versionId: query.get('versionId') });
  const version = versionHeaders(requireBucket(parts, bucket), object);
  const outcome = checkRead(readConditions(call.headers), object);
  if (outcome === 'not-modified')
    return { status: 304, headers: { ...validatorHeaders(object), ...version } };
  if (outcome === 'failed') throw new AwsError('PreconditionFailed');
  const selection = select(parts, call, object);
  const { first, end } = selection.range ?? { first: 0, end: object.size };
  const reply: AwsReply = {
    status: selection.range ? 206 : 200,
    headers: {
      ...objectHeaders(call, object, selection),
      ...version,
      ...selection.headers,
      ...overrides(call),
      'content-length': end - first,
    },
  };
  if (call.method === 'HEAD') return reply;
  const slices = parts.objects.slices(object, first, end);
  const small = parts.blobs.readNow(slices);
  if (small) return { ...reply, body: small };
  return { ...reply, body: await parts.blobs.download(slices) };
};

interface Selection {
  range?: ByteRange;
  headers?: OutgoingHttpHeaders;
  /** The checksum of just these bytes, where one is known. */
  checksum?: Checksum | undefined;
}

function select(parts: S3Parts, call: S3Call, object: StoredObject): Selection {
  if (call.query.has('partNumber')) return selectPart(parts, call, object);
  if (!meetsIfRange(header(call, 'if-range'), object)) return {};
  const range = parseRange(header(call, 'range'), object.size);
  return range ? { range, headers: contentRange(range, object) } : {};
}

/** A client that resumes a download wants the rest only of the object it began with (RFC 9110, 13.1.5). */
const meetsIfRange = (condition: string | undefined, { etag, modifiedAt }: StoredObject): boolean =>
  condition === undefined || condition === quoted(etag) || condition === httpDate(modifiedAt);

function selectPart(parts: S3Parts, call: S3Call, object: StoredObject): Selection {
  if (call.headers.range !== undefined) {
    throw new AwsError('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  }
  const number = numberParameter(call, 'partNumber', { min: 1, max: 10_000, otherwise: 1 });
  const all = parts.objects.parts(object);
  const part = all.find((candidate) => candidate.number === number);
  if (!part) throw new AwsError('InvalidPartNumber');
  const range = { first: part.start, end: part.start + part.size };
  const count = object.multipart ? { 'x-amz-mp-parts-count': all.length } : {};
  // An empty object has no range to name.
  if (object.size === 0) return {};
  const { checksum } = all.length === 1 ? object : part;
  return { range, headers: { ...count, ...contentRange(range, object) }, checksum };
}

const contentRange = ({ first, end }: ByteRange, { size }: StoredObject): OutgoingHttpHeaders => ({
  'content-range': `bytes ${first}-${end - 1}/${size}`,
});

const validatorHeaders = (object: StoredObject): OutgoingHttpHeaders => ({
  etag: quoted(object.etag),
  'last-modified': httpDate(object.modifiedAt),
});

function objectHeaders(call: S3Call, object: StoredObject, selection: Selection): OutgoingHttpHeaders {
  const wantsChecksum = header(call, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    ...validatorHeaders(object),
    'accept-ranges': 'bytes',
    ...object.headers,
    ...(object.storageClass !== 'STANDARD' && { 'x-amz-storage-class': object.storageClass }),
    ...lockHeaders(object.lock),
    ...(object.tags.length > 0 && { 'x-amz-tagging-count': object.tags.length }),
    ...(wantsChecksum && checksumHeaders(selection.range ? selection.checksum : object.checksum)),
  };
}

const OVERRIDE =
  /^response-(cache-control|content-disposition|content-encoding|content-language|content-type|expires)$/;

/** A signed request may have the object sent under other headers. */
function overrides({ query, admission }: S3Call): OutgoingHttpHeaders {
  const wanted = query.pairs.flatMap(([name, value]) => {
    const target = OVERRIDE.exec(name)?.[1];
    return target ? [[target, value] as const] : [];
  });
  if (wanted.length > 0 && !admission.signature) {
    throw new AwsError(
      'InvalidRequest',
      'Request specific response headers cannot be used for anonymous GET requests.',
    );
  }
  if (wanted.some(([, value]) => /[^\t\u0020-\u007e\u0080-\u00ff]/.test(value)))
    throw new AwsError('InvalidArgument');
  return Object.fromEntries(wanted);
}
