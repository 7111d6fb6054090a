/** The moment at which an object comes to be: its row, its bytes and its events, together or not at all. */
import { AwsError } from '../aws/errors.ts';
import type { Acl } from './acl.ts';
import type { BlobWriter } from './blob-writer.ts';
import { requireBucket } from './call.ts';
import type { Bucket } from './buckets.ts';
import type { S3Parts } from './call.ts';
import type { ChecksumAlgorithm } from './checksums.ts';
import { checkWrite, hasWriteConditions } from './conditions.ts';
import type { Conditions } from './conditions.ts';
import type { ObjectEvent } from './events.ts';
import type { Lock } from './lock.ts';
import type { Cause } from './notify.ts';
import type { DraftPart, ObjectDraft, StoredObject } from './objects.ts';
import { receive } from './receive.ts';
import type { Received } from './receive.ts';
import type { BodyPlan } from './body-plan.ts';
import type { Tag } from './tags.ts';

/** The largest object that one request may bring. */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;

export interface Commit {
  draft: Omit<ObjectDraft, 'modifiedAt'>;
  parts: readonly DraftPart[];
  conditions: Conditions;
  /** `ObjectCreated:Put`. */
  eventName: string;
  cause: Cause;
  /** What the write conditions were checked against before the body was read: a change since then is a race lost. */
  checkedBefore?: boolean;
  /** Further work of the same transaction; returns blobs to discard after it. */
  also?: (object: StoredObject) => string[];
}

export interface Committed {
  bucket: Bucket;
  object: StoredObject;
  /** The invocations it caused. */
  requestIds: string[];
}

/** Throws NoSuchBucket or a failed write condition, and then has changed nothing. */
export function commitObject(parts: S3Parts, commit: Commit): Committed {
  const { draft, eventName, cause } = commit;
  const { dropped, ...committed } = parts.store.transaction(() => {
    const bucket = requireBucket(parts, draft.bucket);
    if (hasWriteConditions(commit.conditions)) {
      checkAtCommit(commit, parts.objects.get(draft.bucket, draft.key));
    }
    const { object, dropped } = parts.history.write(
      { ...draft, modifiedAt: parts.clock.now() },
      commit.parts,
      bucket.versioning,
    );
    const requestIds = parts.notify({ name: eventName, ...eventDetails(bucket, object) }, cause);
    return { bucket, object, requestIds, dropped: [...dropped, ...(commit.also?.(object) ?? [])] };
  });
  parts.blobs.discard(dropped);
  return committed;
}

/** Somebody else's write in the meantime is a conflict to retry, not a condition that never held. */
function checkAtCommit({ conditions, checkedBefore }: Commit, current: StoredObject | undefined): void {
  try {
    checkWrite(conditions, current);
  } catch (error) {
    throw checkedBefore ? new AwsError('ConditionalRequestConflict') : error;
  }
}

/** What an event tells of an object. */
export const eventDetails = (
  { versioning }: Pick<Bucket, 'versioning'>,
  { bucket, key, size, etag, id, version }: StoredObject,
): Omit<ObjectEvent, 'name'> => ({
  bucket,
  key,
  size,
  etag,
  sequence: id,
  ...(versioning !== undefined && { versionId: version ?? 'null' }),
});

/** What a put, a copy and `faas emit` have in common: bytes from somewhere become an object. */
export interface ObjectSource {
  bucket: string;
  key: string;
  headers: ObjectDraft['headers'];
  storageClass: string;
  owner: string;
  tags: readonly Tag[];
  acl: Acl | undefined;
  lock: Lock;
  plan: BodyPlan;
  bytes: () => AsyncIterable<Uint8Array>;
  conditions: Conditions;
  eventName: string;
  cause: Cause;
}

export async function storeObject(parts: S3Parts, source: ObjectSource): Promise<Committed> {
  const { bucket, key, headers, storageClass, owner, tags, acl, lock, conditions, eventName, cause } = source;
  // Checked again at commit; here it saves an upload that cannot succeed.
  requireBucket(parts, bucket);
  if (hasWriteConditions(conditions)) checkWrite(conditions, parts.objects.get(bucket, key));
  return withBlob(parts, source.plan, source.bytes, ({ id, received }) => {
    const { size, md5, checksum } = received;
    return commitObject(parts, {
      draft: {
        bucket,
        key,
        size,
        etag: md5,
        headers,
        storageClass,
        checksum,
        multipart: false,
        owner,
        tags,
        acl,
        lock,
      },
      parts: [{ number: 1, blob: id, size }],
      conditions,
      checkedBefore: true,
      eventName,
      cause,
    });
  });
}

/** Writes a body to a blob and commits it with `commit`; whatever fails, nothing is left behind. */
export async function withBlob<T>(
  { blobs, hashThreads }: S3Parts,
  plan: BodyPlan,
  bytes: () => AsyncIterable<Uint8Array>,
  commit: (blob: { id: string; received: Received }) => T,
): Promise<T> {
  if ((plan.length ?? 0) > MAX_PUT_BYTES) throw tooLarge(plan.length);
  const writer = blobs.create();
  try {
    const received = await receive(bytes(), plan, {
      write: writeUpTo(writer, MAX_PUT_BYTES),
      hashThreads,
    });
    await writer.publish();
    const result = commit({ id: writer.id, received });
    writer.settle();
    return result;
  } finally {
    await writer.abandon();
  }
}

function writeUpTo(writer: BlobWriter, limit: number): (chunk: Uint8Array) => Promise<void> | void {
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
export const internalPlan = (length: number | undefined, algorithm: ChecksumAlgorithm): BodyPlan => ({
  chunked: undefined,
  length,
  sha256: undefined,
  md5: undefined,
  checksum: { algorithm, from: 'computed' },
});
