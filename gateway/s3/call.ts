/** What every operation gets: the request taken apart, and the parts of the object store. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../runtime/core/clock.ts';
import type { Store } from '../../runtime/store/store.ts';
import type { Admission } from '../aws/admission.ts';
import { parentRequestId } from '../aws/credentials.ts';
import { AwsError } from '../aws/errors.ts';
import type { AwsReply, AwsRequest } from '../aws/request.ts';
import { isPresignParameter } from '../aws/signature-claim.ts';
import type { Query } from '../aws/uri.ts';
import type { Blobs } from './blobs.ts';
import type { createBuckets } from './buckets.ts';
import type { Cause, Notify } from './notify.ts';
import type { Objects, StoredObject } from './objects.ts';
import type { ReplyIds } from './reply.ts';
import type { Uploads } from './uploads.ts';

export interface S3Parts {
  store: Pick<Store, 'database' | 'transaction'>;
  buckets: ReturnType<typeof createBuckets>;
  objects: Objects;
  uploads: Uploads;
  blobs: Blobs;
  notify: Notify;
  region: string;
  clock: Pick<Clock, 'now'>;
}

export interface S3Call {
  method: string;
  /** '' for operations on the service. */
  bucket: string;
  /** '' for operations on a bucket. */
  key: string;
  /** Presigned URLs carry some headers as parameters: both are here. */
  headers: IncomingHttpHeaders;
  query: Query;
  admission: Admission;
  ids: ReplyIds;
  /** What the events of this request say of their origin. */
  cause: Cause;
  body(): AsyncIterable<Uint8Array>;
}

export type OperationHandler = (parts: S3Parts, call: S3Call) => AwsReply | Promise<AwsReply>;

/** The header's text; repeated headers joined as HTTP joins them. */
export function header(call: Pick<S3Call, 'headers'>, name: string): string | undefined {
  const value = call.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/**
 * S3 heeds no checksum in a presigned URL, which matters: SDKs put that of an empty body there, because
 * they sign before there is one (ministackorg/ministack#1695, aws/aws-sdk-go-v2#2610).
 */
const isChecksumParameter = (name: string): boolean => /^x-amz-(checksum-|sdk-checksum-)/i.test(name);

/** The request's headers, and those that a presigned URL carries as parameters. */
export function effectiveHeaders({
  headers,
  query,
}: Pick<AwsRequest, 'headers' | 'query'>): IncomingHttpHeaders {
  const carried = query.pairs
    .filter(([name]) => /^x-amz-/i.test(name) && !isPresignParameter(name) && !isChecksumParameter(name))
    .map(([name, value]) => carriedHeader(name, value));
  return carried.length === 0 ? headers : { ...Object.fromEntries(carried), ...headers };
}

/** As it would have come in a header: node gives those as Latin-1 text. What no header can hold is refused. */
function carriedHeader(name: string, value: string): [name: string, value: string] {
  const text = Buffer.from(value).toString('latin1');
  // oxlint-disable-next-line no-control-regex -- these are the characters meant
  if (/^[\w-]+$/.test(name) && !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text))
    return [name.toLowerCase(), text];
  throw new AwsError('InvalidArgument', 'The parameter cannot stand for a header.', { ArgumentName: name });
}

export function causeOf(admission: Admission, request: AwsRequest, ids: ReplyIds): Cause {
  const { caller } = admission;
  return {
    ...ids,
    principalId: caller.kind === 'owner' ? 'anonymous' : `AWS:${caller.accessKeyId}`,
    sourceIp: request.sourceIp,
    parentRequestId: parentRequestId(caller),
  };
}

export function requireBucket({ buckets }: S3Parts, name: string): void {
  if (!buckets.get(name)) throw new AwsError('NoSuchBucket', undefined, { BucketName: name });
}

export function requireObject(parts: S3Parts, bucket: string, key: string): StoredObject {
  requireBucket(parts, bucket);
  const object = parts.objects.get(bucket, key);
  if (!object) throw new AwsError('NoSuchKey', undefined, { Key: key });
  return object;
}

/** Without versioning every object is its own version `null`. */
export function refuseVersion(versionId: string | undefined): void {
  if (versionId === undefined || versionId === 'null') return;
  throw new AwsError('NotImplemented', 'Object versions are not implemented.');
}

/** A whole number in `min` to `max` from the query. */
export function numberParameter(
  { query }: Pick<S3Call, 'query'>,
  name: string,
  { min, max, otherwise }: { min: number; max: number; otherwise: number },
): number {
  const text = query.get(name);
  if (text === undefined || text === '') return otherwise;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new AwsError('InvalidArgument', `${name} must be a whole number from ${min} to ${max}.`, {
    ArgumentName: name,
    ArgumentValue: text,
  });
}
