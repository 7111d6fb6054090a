/** UploadPart and UploadPartCopy. */
import { AwsError } from '../aws/errors.ts';
import { planBody } from './body-plan.ts';
import type { BodyPlan } from './body-plan.ts';
import { header, numberParameter, requireBucket } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { DEFAULT_ALGORITHM } from './checksums.ts';
import { MAX_PUT_BYTES, internalPlan, withBlob } from './commit.ts';
import { copySource } from './copy-object.ts';
import type { ByteRange } from './range.ts';
import { checksumElements, checksumHeaders, quoted, xmlDate, xmlReply } from './reply.ts';
import type { Upload, UploadPart } from './uploads.ts';

const MAX_PART_NUMBER = 10_000;

export const uploadPart: OperationHandler = async (parts, call) => {
  const upload = requireUpload(parts, call);
  const plan = planBody(call.headers, call.admission.signature, {
    defaultAlgorithm: upload.checksum?.algorithm ?? DEFAULT_ALGORITHM,
    upload: true,
  });
  const expected = upload.checksum?.algorithm;
  if (expected !== undefined && plan.checksum?.algorithm !== expected) {
    throw new AwsError(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${plan.checksum?.algorithm.toLowerCase()}`,
    );
  }
  const part = await storePart(parts, call, plan, () => call.body());
  return {
    status: 200,
    headers: { etag: quoted(part.etag), ...partChecksumHeaders(part), 'content-length': 0 },
  };
};

export const uploadPartCopy: OperationHandler = async (parts, call) => {
  const upload = requireUpload(parts, call);
  const { source, headers } = copySource(parts, call);
  const range = copiedRange(header(call, 'x-amz-copy-source-range'), source.size);
  const size = range.end - range.first;
  if (size > MAX_PUT_BYTES)
    throw new AwsError('InvalidRequest', 'The copied range is larger than a part may be.');
  // Opened in the same tick as its row was read, so that no overwrite can come between them.
  const bytes = parts.blobs.read(parts.objects.slices(source, range.first, range.end));
  try {
    const part = await storePart(
      parts,
      call,
      internalPlan(size, upload.checksum?.algorithm ?? DEFAULT_ALGORITHM),
      () => bytes,
    );
    return xmlReply(
      'CopyPartResult',
      {
        LastModified: xmlDate(part.modifiedAt),
        ETag: quoted(part.etag),
        ...partChecksumElements(part),
      },
      headers,
    );
  } finally {
    bytes.destroy();
  }
};

/** Unlike a range that is read, one that is copied must be there in full. */
function copiedRange(text: string | undefined, size: number): ByteRange {
  if (text === undefined) return { first: 0, end: size };
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (!(first <= last)) {
    throw new AwsError(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last.',
      { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: text },
    );
  }
  if (last < size) return { first, end: last + 1 };
  throw new AwsError('InvalidRange', undefined, { RangeRequested: text, ActualObjectSize: String(size) });
}

/** The upload under way that the request names; throws NoSuchUpload. */
export function requireUpload(parts: S3Parts, call: S3Call): Upload {
  const upload = findUpload(parts, call);
  if (upload.completed !== undefined) throw noSuchUpload(upload.id);
  return upload;
}

/** The same, or one that was completed not long ago. */
export function findUpload(parts: S3Parts, call: S3Call): Upload {
  requireBucket(parts, call.bucket);
  const id = call.query.get('uploadId') ?? '';
  const upload = parts.uploads.get(id);
  if (!upload || upload.bucket !== call.bucket || upload.key !== call.key) throw noSuchUpload(id);
  return upload;
}

export const noSuchUpload = (id: string): AwsError =>
  new AwsError('NoSuchUpload', undefined, { UploadId: id });

/** A part has no checksum type of its own. */
export function partChecksumElements({ checksum }: UploadPart) {
  const { ChecksumType: _, ...value } = checksumElements(checksum);
  return value;
}

function partChecksumHeaders({ checksum }: UploadPart): Record<string, string> {
  const { 'x-amz-checksum-type': _, ...value } = checksumHeaders(checksum);
  return value;
}

async function storePart(
  parts: S3Parts,
  call: S3Call,
  plan: BodyPlan,
  bytes: () => AsyncIterable<Uint8Array>,
): Promise<UploadPart> {
  const number = numberParameter(call, 'partNumber', { min: 1, max: MAX_PART_NUMBER, otherwise: 0 });
  if (number === 0)
    throw new AwsError('InvalidArgument', 'partNumber is missing.', { ArgumentName: 'partNumber' });
  return withBlob(parts, plan, bytes, ({ id, received }) => {
    const part: UploadPart = {
      number,
      blob: id,
      size: received.size,
      etag: received.md5,
      checksum: received.checksum,
      modifiedAt: parts.clock.now(),
    };
    // The upload may have been completed or aborted while the part was coming in.
    const dropped = parts.store.transaction(() => parts.uploads.putPart(requireUpload(parts, call).id, part));
    parts.blobs.discard(dropped);
    return part;
  });
}
