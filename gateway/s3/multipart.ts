/** CreateMultipartUpload, CompleteMultipartUpload, AbortMultipartUpload. */
import { createHash } from 'node:crypto';
import { AwsError } from '../aws/errors.ts';
import { planBody } from './body-plan.ts';
import { newObjectLock } from './object-lock.ts';
import { newObjectAccess } from './bucket-guards.ts';
import { header, newVersionHeaders, requireBucket } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { CHECKSUM_ALGORITHMS, DEFAULT_ALGORITHM, checksumHeader, checksumOf } from './checksums.ts';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import { commitObject } from './commit.ts';
import { readConditions } from './conditions.ts';
import { combineCrcs, isCombinable } from './crc-combine.ts';
import { encryptionHeaders, keptHeaders, refuseUnsupported, storageClassOf } from './object-headers.ts';
import type { StoredObject } from './objects.ts';
import { requestedAlgorithm } from './copy-object.ts';
import { receiveText } from './receive.ts';
import { checksumElements, quoted, xmlReply } from './reply.ts';
import { findUpload, noSuchUpload, requireUpload } from './upload-part.ts';
import type { Upload, UploadPart } from './uploads.ts';
import { readTagHeader } from './tags.ts';
import { parseXml } from './xml.ts';
import type { XmlNode } from './xml.ts';

const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

export const createMultipartUpload: OperationHandler = (parts, call) => {
  refuseUnsupported(call.headers);
  const bucket = requireBucket(parts, call.bucket);
  const checksum = uploadChecksum(call);
  const upload = parts.uploads.create({
    bucket: call.bucket,
    key: call.key,
    createdAt: parts.clock.now(),
    headers: keptHeaders(call.headers),
    storageClass: storageClassOf(call.headers),
    ...newObjectAccess(parts, call, bucket),
    lock: newObjectLock(parts, call, bucket),
    tags: readTagHeader(header(call, 'x-amz-tagging')),
    checksum,
  });
  return xmlReply(
    'InitiateMultipartUploadResult',
    { Bucket: upload.bucket, Key: upload.key, UploadId: upload.id },
    {
      ...(checksum && {
        'x-amz-checksum-algorithm': checksum.algorithm,
        'x-amz-checksum-type': checksum.type,
      }),
      ...encryptionHeaders(upload.headers),
    },
  );
};

export const completeMultipartUpload: OperationHandler = async (parts, call) => {
  const document = await readDocument(call);
  const upload = findUpload(parts, call);
  if (upload.completed !== undefined) return completedReply(parts, call, repeated(parts, upload));
  const chosen = chooseParts(document, parts.uploads.parts(upload.id));
  const checksum = await checkedWhole(call, upload, chosen);
  checkObjectSize(call, chosen);
  const { object } = commitObject(parts, {
    draft: {
      bucket: upload.bucket,
      key: upload.key,
      size: totalSize(chosen),
      etag: multipartEtag(chosen),
      headers: upload.headers,
      storageClass: upload.storageClass,
      owner: upload.owner,
      tags: upload.tags,
      acl: upload.acl,
      lock: upload.lock,
      checksum,
      multipart: true,
    },
    parts: chosen,
    conditions: readConditions(call.headers),
    eventName: 'ObjectCreated:CompleteMultipartUpload',
    cause: call.cause,
    also: ({ id }) => closeUpload(parts, upload, chosen, id),
  });
  return completedReply(parts, call, object);
};

export const abortMultipartUpload: OperationHandler = (parts, call) => {
  const dropped = parts.store.transaction(() => parts.uploads.abort(requireUpload(parts, call).id));
  parts.blobs.discard(dropped);
  return { status: 204 };
};

/** Part of the commit; returns the blobs of parts that the client did not choose. */
function closeUpload(
  parts: S3Parts,
  upload: Upload,
  chosen: readonly UploadPart[],
  object: number,
): string[] {
  const blobs = new Set(parts.uploads.complete(upload.id, object));
  for (const { blob } of chosen) {
    // Aborted, completed or given another part since its parts were read: that request came first.
    if (!blobs.delete(blob)) throw noSuchUpload(upload.id);
  }
  return [...blobs];
}

/** A checksum header here is the object's, not that of the document which lists its parts. */
function readDocument(call: S3Call): Promise<string> {
  const headers = { ...call.headers };
  for (const algorithm of CHECKSUM_ALGORITHMS) delete headers[checksumHeader(algorithm)];
  return receiveText(call.body(), planBody(headers, call.admission.signature), MAX_DOCUMENT_BYTES);
}

/** Which checksum the object will have; each algorithm has one or two ways to cover parts. */
function uploadChecksum(call: S3Call): Upload['checksum'] {
  const algorithm = requestedAlgorithm(call);
  const type = header(call, 'x-amz-checksum-type');
  if (algorithm === undefined) {
    if (type === undefined) return undefined;
    throw new AwsError(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const allowed = checksumTypes(algorithm);
  const chosen = type === undefined ? allowed[0] : allowed.find((candidate) => candidate === type);
  if (chosen) return { algorithm, type: chosen };
  throw new AwsError(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  );
}

/** The default first. */
function checksumTypes(algorithm: ChecksumAlgorithm): ChecksumType[] {
  if (algorithm === 'CRC64NVME') return ['FULL_OBJECT'];
  return isCombinable(algorithm) ? ['COMPOSITE', 'FULL_OBJECT'] : ['COMPOSITE'];
}

/** The parts that the document lists, as they were uploaded. */
function chooseParts(document: string, uploaded: readonly UploadPart[]): UploadPart[] {
  const items = parseXml(document, 'CompleteMultipartUpload').children('Part');
  if (items.length === 0 || items.length > MAX_PARTS) throw new AwsError('MalformedXML');
  const byNumber = new Map(uploaded.map((part) => [part.number, part]));
  let previous = 0;
  const chosen = items.map((item) => {
    const number = Number(item.text('PartNumber')?.trim());
    if (!Number.isInteger(number) || item.text('ETag') === undefined) throw new AwsError('MalformedXML');
    if (number < 1)
      throw new AwsError('InvalidArgument', 'PartNumber must be >= 1', { ArgumentName: 'PartNumber' });
    if (number <= previous) throw new AwsError('InvalidPartOrder');
    previous = number;
    const part = byNumber.get(number);
    if (!part || !agrees(item, part))
      throw new AwsError('InvalidPart', undefined, { PartNumber: String(number) });
    return part;
  });
  const small = chosen.slice(0, -1).find(({ size }) => size < MIN_PART_BYTES);
  if (small) {
    throw new AwsError('EntityTooSmall', undefined, {
      ProposedSize: String(small.size),
      MinSizeAllowed: String(MIN_PART_BYTES),
      PartNumber: String(small.number),
      ETag: small.etag,
    });
  }
  return chosen;
}

/** A checksum that the document gives must be the part's; it may leave it out, as some clients do. */
function agrees(item: XmlNode, { etag, checksum }: UploadPart): boolean {
  if (item.text('ETag')?.trim().replace(/^"|"$/g, '') !== etag) return false;
  const given = checksum && item.text(`Checksum${checksum.algorithm}`);
  return given === undefined || given.trim() === checksum?.value;
}

/** MD5 over the parts' MD5s, and how many there were. */
function multipartEtag(chosen: readonly UploadPart[]): string {
  const hash = createHash('md5');
  for (const { etag } of chosen) hash.update(etag, 'hex');
  return `${hash.digest('hex')}-${chosen.length}`;
}

async function checkedWhole(
  call: S3Call,
  upload: Upload,
  chosen: readonly UploadPart[],
): Promise<Checksum | undefined> {
  const kind = upload.checksum ?? impliedChecksum(chosen);
  if (!kind) return undefined;
  const type = header(call, 'x-amz-checksum-type');
  if (type !== undefined && type !== kind.type) {
    throw new AwsError(
      'InvalidRequest',
      'The checksum type of the completion is not that the upload was created with.',
    );
  }
  const checksum = await wholeChecksum(kind, chosen);
  const claimed = header(call, checksumHeader(checksum.algorithm));
  // A composite one may come without its count of parts.
  if (
    claimed !== undefined &&
    claimed !== checksum.value &&
    `${claimed}-${chosen.length}` !== checksum.value
  ) {
    throw new AwsError(
      'BadDigest',
      `The ${checksum.algorithm} you specified did not match the calculated checksum.`,
    );
  }
  return checksum;
}

/** An upload that names no algorithm has the default one, unless the client chose others for its parts. */
const impliedChecksum = (chosen: readonly UploadPart[]): Upload['checksum'] =>
  chosen.every(({ checksum }) => checksum?.algorithm === DEFAULT_ALGORITHM)
    ? { algorithm: DEFAULT_ALGORITHM, type: 'FULL_OBJECT' }
    : undefined;

async function wholeChecksum(
  { algorithm, type }: { algorithm: ChecksumAlgorithm; type: ChecksumType },
  chosen: readonly UploadPart[],
): Promise<Checksum> {
  const values = chosen.map(({ checksum, size }) => ({ value: checksum?.value ?? '', size }));
  if (type === 'FULL_OBJECT') return { algorithm, type, value: combineCrcs(algorithm, values) };
  const bytes = Buffer.concat(values.map(({ value }) => Buffer.from(value, 'base64')));
  return { algorithm, type, value: `${await checksumOf(algorithm, bytes)}-${chosen.length}` };
}

function checkObjectSize(call: S3Call, chosen: readonly UploadPart[]): void {
  const claimed = header(call, 'x-amz-mp-object-size');
  if (claimed === undefined || Number(claimed) === totalSize(chosen)) return;
  throw new AwsError(
    'InvalidRequest',
    'The provided x-amz-mp-object-size does not match the size of the object.',
  );
}

const totalSize = (chosen: readonly UploadPart[]): number => chosen.reduce((sum, { size }) => sum + size, 0);

/** What the completed upload became, as long as nothing has replaced it. */
function repeated(parts: S3Parts, upload: Upload): StoredObject {
  const object = parts.objects.get(upload.bucket, upload.key);
  if (object?.id !== upload.completed || !object) throw noSuchUpload(upload.id);
  return object;
}

const completedReply = (parts: S3Parts, call: S3Call, object: StoredObject) =>
  xmlReply(
    'CompleteMultipartUploadResult',
    {
      Location: `http://${call.headers.host ?? 'localhost'}/${object.bucket}/${encodeURI(object.key)}`,
      Bucket: object.bucket,
      Key: object.key,
      ETag: quoted(object.etag),
      ...checksumElements(object.checksum),
    },
    {
      ...encryptionHeaders(object.headers),
      ...newVersionHeaders(requireBucket(parts, object.bucket), object),
    },
  );
