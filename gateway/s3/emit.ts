/** `faas emit s3`: an event without a client, from the same code that real uploads go through. */
import type { Runtime } from '../../runtime/api.ts';
import { S3_EVENT_PATTERNS } from '../../runtime/config/s3-trigger.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { requireBucket } from './call.ts';
import type { S3Parts } from './call.ts';
import { DEFAULT_ALGORITHM } from './checksums.ts';
import { internalPlan, storeObject } from './commit.ts';
import { readConditions } from './conditions.ts';
import type { ObjectEvent } from './events.ts';
import type { Cause } from './notify.ts';
import { newObjectLock } from './object-lock.ts';
import { keptHeaders } from './object-headers.ts';
import { newReplyIds } from './reply.ts';
import { MAX_KEY_BYTES } from './resource.ts';
import type { EmitRequest, EmitResult } from './s3.ts';

export async function emitEvent(
  parts: S3Parts,
  runtime: Pick<Runtime, 'function'>,
  request: EmitRequest,
): Promise<EmitResult> {
  const { bucket, event, to, body } = request;
  // What is no text is no key either; UTF-8 could not carry it.
  const key = request.key.toWellFormed();
  checkRequest(parts, runtime, request);
  const cause: Cause = {
    ...newReplyIds(),
    principalId: 'faas-emit',
    sourceIp: '127.0.0.1',
    parentRequestId: null,
    ...(to !== undefined && { to }),
  };
  if (body === undefined)
    return { requestIds: simulate(parts, { name: event, bucket, key }, cause), stored: false };
  const { requestIds } = await storeObject(parts, {
    bucket,
    key,
    headers: keptHeaders({}),
    storageClass: 'STANDARD',
    owner: requireBucket(parts, bucket).owner,
    tags: [],
    acl: undefined,
    lock: newObjectLock(parts, { headers: {} }, { name: bucket }),
    plan: internalPlan(undefined, DEFAULT_ALGORITHM),
    bytes: () => body,
    conditions: readConditions({}),
    eventName: event,
    cause,
  });
  return { requestIds, stored: true };
}

function checkRequest(parts: S3Parts, runtime: Pick<Runtime, 'function'>, request: EmitRequest): void {
  const { bucket, key, event, to } = request;
  if (!S3_EVENT_PATTERNS.includes(event) || event.endsWith('*')) {
    throw new FaasError('UsageError', 'there is no such S3 event', {
      expected: "one event, such as 'ObjectCreated:Put' or 'ObjectRemoved:Delete'",
      got: event,
    });
  }
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > MAX_KEY_BYTES) {
    const expected = `1 to ${MAX_KEY_BYTES} bytes of UTF-8`;
    throw new FaasError('UsageError', 'the key has no valid length', { expected, got: `${bytes} bytes` });
  }
  if (!parts.buckets.get(bucket)) {
    const names = parts.buckets.all().map(({ name }) => name);
    throw new FaasError('BucketNotFound', `there is no bucket "${bucket}"`, {
      expected: names.length > 0 ? `one of: ${names.join(', ')}` : 'a bucket that exists',
      got: bucket,
      remedy: `add it to buckets in faas.config.ts, or create it: aws s3 mb s3://${bucket}`,
    });
  }
  if (to !== undefined && !runtime.function(to)) {
    throw new FaasError('FunctionNotFound', `there is no function "${to}"`, {
      got: to,
      remedy: 'see `faas ps`',
    });
  }
}

/** An object that is not there is told of as an empty one, so that a handler can be tried without any. */
function simulate(
  parts: S3Parts,
  event: Pick<ObjectEvent, 'name' | 'bucket' | 'key'>,
  cause: Cause,
): string[] {
  return parts.store.transaction(() => {
    const sequence = parts.objects.nextId();
    if (event.name.startsWith('ObjectRemoved:')) return parts.notify({ ...event, sequence }, cause);
    const object = parts.objects.get(event.bucket, event.key);
    const { size, etag } = object ?? { size: 0, etag: EMPTY_MD5 };
    return parts.notify({ ...event, size, etag, sequence }, cause);
  });
}

const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
