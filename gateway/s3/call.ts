/** What every operation gets: the request taken apart, and the parts of the object store. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../runtime/core/clock.ts';
import type { Store } from '../../runtime/store/store.ts';
import type { Admission } from '../aws/admission.ts';
import { parentRequestId } from '../aws/credentials.ts';
import { AwsError } from '../aws/errors.ts';
import type { FormFields } from '../aws/post-signature.ts';
import type { AwsReply, AwsRequest } from '../aws/request.ts';
import { isPresignParameter } from '../aws/signature-claim.ts';
import type { Query } from '../aws/uri.ts';
import type { Blobs } from './blobs.ts';
import type { KnowsAccount } from './acl.ts';
import type { Bucket, createBuckets } from './buckets.ts';
import type { HashThreads } from './hash-threads.ts';
import { isVersionId } from './history.ts';
import type { History } from './history.ts';
import type { Notifications } from './notifications.ts';
import type { Durability } from './durability.ts';
import type { Cause, Notify } from './notify.ts';
import type { Objects, StoredObject } from './objects.ts';
import { httpDate } from './reply.ts';
import type { ReplyIds } from './reply.ts';
import type { Uploads } from './uploads.ts';

export interface S3Parts {
  store: Pick<Store, 'database' | 'transaction'>;
  buckets: ReturnType<typeof createBuckets>;
  objects: Objects;
  history: History;
  uploads: Uploads;
  blobs: Blobs;
  hashThreads: HashThreads;
  durability: Durability;
  notifications: Notifications;
  notify: Notify;
  region: string;
  knowsAccount: KnowsAccount;
  clock: Pick<Clock, 'now'>;
}

export interface S3Call {
  method: string;
  /** '' for operations on the service. */
  bucket: string;
  /** '' for operations on a bucket. */
  key: string;
  /** It came over TLS. */
  secure?: boolean;
  /** Presigned URLs carry some headers as parameters: both are here. */
  headers: IncomingHttpHeaders;
  query: Query;
  admission: Admission;
  ids: ReplyIds;
  /** What the events of this request say of their origin. */
  cause: Cause;
  body(): AsyncIterable<Uint8Array>;
  /** Who sends an HTML form, by the signature in its fields. */
  admitForm(fields: FormFields): Admission;
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

export function causeOf(
  { caller }: Admission,
  { sourceIp }: Pick<AwsRequest, 'sourceIp'>,
  ids: ReplyIds,
): Cause {
  return {
    ...ids,
    principalId: 'accessKeyId' in caller ? `AWS:${caller.accessKeyId}` : 'anonymous',
    sourceIp,
    parentRequestId: parentRequestId(caller),
  };
}

/** The cause of a call whose sender is only now known. */
export const causeFor = ({ cause, ids }: S3Call, admission: Admission): Cause =>
  causeOf(admission, cause, ids);

export function requireBucket({ buckets }: Pick<S3Parts, 'buckets'>, name: string): Bucket {
  const bucket = buckets.get(name);
  if (!bucket) throw new AwsError('NoSuchBucket', undefined, { BucketName: name });
  return bucket;
}

/** The version a request names, or the newest. Throws what S3 answers where there is no object. */
export function requireObject(
  parts: Pick<S3Parts, 'buckets' | 'objects' | 'history'>,
  {
    bucket,
    key,
    versionId,
    method = 'GET',
  }: { bucket: string; key: string; versionId: string | undefined; method?: string },
): StoredObject {
  const { versioning } = requireBucket(parts, bucket);
  if (versionId === undefined) return requireNewest(parts, versioning !== undefined, bucket, key);
  const version = parts.history.find(bucket, key, readVersionId(versionId));
  if (!version) throw new AwsError('NoSuchVersion', undefined, { Key: key, VersionId: versionId });
  if (version.kind === 'object') return version;
  throw new AwsError(
    'MethodNotAllowed',
    undefined,
    { Method: method, ResourceType: 'DeleteMarker' },
    {
      ...markerHeaders(version),
      'last-modified': httpDate(version.modifiedAt),
      allow: 'DELETE',
    },
  );
}

function requireNewest(
  { objects, history }: Pick<S3Parts, 'objects' | 'history'>,
  hasVersions: boolean,
  bucket: string,
  key: string,
): StoredObject {
  const object = objects.get(bucket, key);
  if (object) return object;
  const newest = hasVersions ? history.newest(bucket, key) : undefined;
  const headers = newest?.kind === 'marker' ? markerHeaders(newest) : {};
  throw new AwsError('NoSuchKey', undefined, { Key: key }, headers);
}

const markerHeaders = ({ version }: { version: string | null }): Record<string, string> => ({
  'x-amz-delete-marker': 'true',
  'x-amz-version-id': version ?? 'null',
});

/** The name of a version as it is stored: null for `null`. */
export function readVersionId(text: string): string | null {
  if (isVersionId(text)) return text === 'null' ? null : text;
  const message = text === '' ? 'Version id cannot be the empty string' : 'Invalid version id specified';
  throw new AwsError('InvalidArgument', message, { ArgumentName: 'versionId', ArgumentValue: text });
}

/** `x-amz-version-id`, on answers of buckets that have or had versions. */
export const versionHeaders = (
  { versioning }: Pick<Bucket, 'versioning'>,
  { version }: { version: string | null },
): Record<string, string> => (versioning === undefined ? {} : { 'x-amz-version-id': version ?? 'null' });

/** The same on the answer to a write: while versions are suspended it made none that could be named. */
export const newVersionHeaders = (
  bucket: Pick<Bucket, 'versioning'>,
  object: { version: string | null },
): Record<string, string> => (bucket.versioning === 'Suspended' ? {} : versionHeaders(bucket, object));

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
