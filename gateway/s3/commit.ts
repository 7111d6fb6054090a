/** The moment at which an object comes to be: its row, its bytes and its events, together or not at all. */
import { AwsError } from '../aws/errors.ts';
import type { BlobWriter } from './blobs.ts';
import { requireBucket } from './call.ts';
import type { S3Parts } from './call.ts';
import type { ChecksumAlgorithm } from './checksums.ts';
import { checkWrite } from './conditions.ts';
import type { Conditions } from './conditions.ts';
import type { Cause } from './notify.ts';
import type { DraftPart, ObjectDraft, StoredObject } from './objects.ts';
import { receive } from './receive.ts';
import type { Received } from './receive.ts';
import type { BodyPlan } from './body-plan.ts';

/** The largest object that one request may bring. */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;

export interface Commit {
  draft: Omit<ObjectDraft, 'modifiedAt'>;
  parts: readonly DraftPart[];
  conditions: Conditions;
  /** `ObjectCreated:Put`. */
  eventName: string;
  cause: Cause;
  /** Further work of the same transaction; returns blobs to discard after it. */
  also?: (object: StoredObject) => string[];
}

export interface Committed {
  object: StoredObject;
  /** The invocations it caused. */
  requestIds: string[];
}

/** Throws NoSuchBucket or a failed write condition, and then has changed nothing. */
export function commitObject(parts: S3Parts, commit: Commit): Committed {
  const { draft, conditions, eventName, cause } = commit;
  const { dropped, ...committed } = parts.store.transaction(() => {
    requireBucket(parts, draft.bucket);
    checkWrite(conditions, parts.objects.get(draft.bucket, draft.key));
    const { object, dropped } = parts.objects.replace(
      { ...draft, modifiedAt: parts.clock.now() },
      commit.parts,
    );
    const { bucket, key, size, etag, id: sequence } = object;
    const requestIds = parts.notify({ name: eventName, bucket, key, size, etag, sequence }, cause);
    return { object, requestIds, dropped: [...dropped, ...(commit.also?.(object) ?? [])] };
  });
  parts.blobs.discard(dropped);
  return committed;
}

/** What a put, a copy and `faas emit` have in common: bytes from somewhere become an object. */
export interface ObjectSource {
  bucket: string;
  key: string;
  headers: ObjectDraft['headers'];
  storageClass: string;
  plan: BodyPlan;
  bytes: () => AsyncIterable<Uint8Array>;
  conditions: Conditions;
  eventName: string;
  cause: Cause;
}

export async function storeObject(parts: S3Parts, source: ObjectSource): Promise<Committed> {
  const { bucket, key, headers, storageClass, conditions, eventName, cause } = source;
  // Checked again at commit; here it saves an upload that cannot succeed.
  requireBucket(parts, bucket);
  checkWrite(conditions, parts.objects.get(bucket, key));
  return withBlob(parts, source.plan, source.bytes, ({ id, received }) => {
    const { size, md5, checksum } = received;
    return commitObject(parts, {
      draft: { bucket, key, size, etag: md5, headers, storageClass, checksum, multipart: false },
      parts: [{ number: 1, blob: id, size }],
      conditions,
      eventName,
      cause,
    });
  });
}

/** Writes a body to a blob and commits it with `commit`; whatever fails, nothing is left behind. */
export async function withBlob<T>(
  { blobs }: S3Parts,
  plan: BodyPlan,
  bytes: () => AsyncIterable<Uint8Array>,
  commit: (blob: { id: string; received: Received }) => T,
): Promise<T> {
  if ((plan.length ?? 0) > MAX_PUT_BYTES) throw tooLarge(plan.length);
  const writer = await blobs.create();
  try {
    const received = await receive(bytes(), plan, writeUpTo(writer, MAX_PUT_BYTES));
    await writer.publish();
    const result = commit({ id: writer.id, received });
    writer.settle();
    return result;
  } finally {
    await writer.abandon();
  }
}

function writeUpTo(writer: BlobWriter, limit: number): (chunk: Uint8Array) => Promise<void> {
  let size = 0;
  return (chunk) => {
    size += chunk.length;
    if (size > limit) throw tooLarge(size);
    return writer.write(chunk);
  };
}

const tooLarge = (size: number | undefined): AwsError =>
  new AwsError('EntityTooLarge', undefined, {
    ProposedSize: String(size),
    MaxSizeAllowed: String(MAX_PUT_BYTES),
  });

/** The plan for bytes that come from the store itself: nothing to verify, hashes to compute. */
export const internalPlan = (
  length: number | undefined,
  algorithm: ChecksumAlgorithm | undefined,
): BodyPlan => ({
  chunked: undefined,
  length,
  sha256: undefined,
  md5: undefined,
  checksum: algorithm && { algorithm, from: 'computed' },
});
