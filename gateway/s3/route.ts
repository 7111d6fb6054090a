/**
 * Which operation a request asks for. Pure. What is not in the table is refused by name: a `PUT ?acl` that
 * fell through to PutObject would overwrite the object.
 */
import { AwsError } from '../aws/errors.ts';
import { isPresignParameter } from '../aws/signature-claim.ts';
import type { Query } from '../aws/uri.ts';
import { BUCKET_DOCUMENTS } from './bucket-documents.ts';
import type { Resource } from './resource.ts';

interface Route {
  method: string;
  on: 'service' | 'bucket' | 'object';
  /** Parameters that make it this operation. */
  when?: readonly string[];
  /** One of these makes it this operation. */
  oneOf?: readonly string[];
  /** `x-amz-copy-source` makes it this operation. */
  copies?: true;
  /** A `multipart/form-data` body makes it this operation. */
  form?: true;
  /** Further parameters it understands. */
  takes?: readonly string[];
}

const LISTING = ['prefix', 'delimiter', 'max-keys', 'encoding-type'];
const OVERRIDES = [
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
];

/** The first that fits counts. */
const ROUTES = {
  ListBuckets: {
    method: 'GET',
    on: 'service',
    takes: ['max-buckets', 'prefix', 'continuation-token', 'bucket-region'],
  },
  GetBucketVersioning: { method: 'GET', on: 'bucket', when: ['versioning'] },
  PutBucketVersioning: { method: 'PUT', on: 'bucket', when: ['versioning'] },
  GetBucketAcl: { method: 'GET', on: 'bucket', when: ['acl'] },
  PutBucketAcl: { method: 'PUT', on: 'bucket', when: ['acl'] },
  GetBucketPolicyStatus: { method: 'GET', on: 'bucket', when: ['policyStatus'] },
  GetBucketDocument: { method: 'GET', on: 'bucket', oneOf: BUCKET_DOCUMENTS },
  PutBucketDocument: { method: 'PUT', on: 'bucket', oneOf: BUCKET_DOCUMENTS },
  DeleteBucketDocument: { method: 'DELETE', on: 'bucket', oneOf: BUCKET_DOCUMENTS },
  ListObjectVersions: {
    method: 'GET',
    on: 'bucket',
    when: ['versions'],
    takes: [...LISTING, 'key-marker', 'version-id-marker'],
  },
  GetBucketLocation: { method: 'GET', on: 'bucket', when: ['location'] },
  GetBucketNotificationConfiguration: { method: 'GET', on: 'bucket', when: ['notification'] },
  PutBucketNotificationConfiguration: { method: 'PUT', on: 'bucket', when: ['notification'] },
  ListMultipartUploads: {
    method: 'GET',
    on: 'bucket',
    when: ['uploads'],
    takes: ['prefix', 'delimiter', 'max-uploads', 'encoding-type', 'key-marker', 'upload-id-marker'],
  },
  ListObjectsV2: {
    method: 'GET',
    on: 'bucket',
    when: ['list-type'],
    takes: [...LISTING, 'continuation-token', 'fetch-owner', 'start-after'],
  },
  ListObjects: { method: 'GET', on: 'bucket', takes: [...LISTING, 'marker'] },
  HeadBucket: { method: 'HEAD', on: 'bucket' },
  CreateBucket: { method: 'PUT', on: 'bucket' },
  DeleteBucket: { method: 'DELETE', on: 'bucket' },
  PostObject: { method: 'POST', on: 'bucket', form: true },
  DeleteObjects: { method: 'POST', on: 'bucket', when: ['delete'] },
  ListParts: {
    method: 'GET',
    on: 'object',
    when: ['uploadId'],
    takes: ['max-parts', 'part-number-marker', 'encoding-type'],
  },
  GetObjectAcl: { method: 'GET', on: 'object', when: ['acl'], takes: ['versionId'] },
  PutObjectAcl: { method: 'PUT', on: 'object', when: ['acl'], takes: ['versionId'] },
  GetObjectTagging: { method: 'GET', on: 'object', when: ['tagging'], takes: ['versionId'] },
  PutObjectTagging: { method: 'PUT', on: 'object', when: ['tagging'], takes: ['versionId'] },
  DeleteObjectTagging: { method: 'DELETE', on: 'object', when: ['tagging'], takes: ['versionId'] },
  GetObjectRetention: { method: 'GET', on: 'object', when: ['retention'], takes: ['versionId'] },
  PutObjectRetention: { method: 'PUT', on: 'object', when: ['retention'], takes: ['versionId'] },
  GetObjectLegalHold: { method: 'GET', on: 'object', when: ['legal-hold'], takes: ['versionId'] },
  PutObjectLegalHold: { method: 'PUT', on: 'object', when: ['legal-hold'], takes: ['versionId'] },
  GetObjectAttributes: { method: 'GET', on: 'object', when: ['attributes'], takes: ['versionId'] },
  GetObject: { method: 'GET', on: 'object', takes: ['partNumber', 'versionId', ...OVERRIDES] },
  HeadObject: { method: 'HEAD', on: 'object', takes: ['partNumber', 'versionId', ...OVERRIDES] },
  UploadPartCopy: { method: 'PUT', on: 'object', when: ['uploadId', 'partNumber'], copies: true },
  UploadPart: { method: 'PUT', on: 'object', when: ['uploadId', 'partNumber'] },
  CopyObject: { method: 'PUT', on: 'object', copies: true },
  PutObject: { method: 'PUT', on: 'object' },
  AbortMultipartUpload: { method: 'DELETE', on: 'object', when: ['uploadId'] },
  DeleteObject: { method: 'DELETE', on: 'object', takes: ['versionId'] },
  CreateMultipartUpload: { method: 'POST', on: 'object', when: ['uploads'] },
  CompleteMultipartUpload: { method: 'POST', on: 'object', when: ['uploadId'] },
} as const satisfies Record<string, Route>;

export type Operation = keyof typeof ROUTES;

/** Parameters that name a sub-resource or change an operation: never ignored, also where we do not know them. */
const SUBRESOURCES = new Set(
  `abac accelerate acl analytics append attributes cors delete encryption intelligent-tiering inventory legal-hold
  lifecycle list-type location logging metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable
  metrics notification object-lock ownershipControls partNumber policy policyStatus publicAccessBlock renameObject
  replication requestPayment restore retention select select-type session tagging torrent uploadId uploads
  versionId versioning versions website`.split(/\s+/),
);

export interface RouteInput {
  method: string;
  resource: Resource;
  query: Query;
  /** The request has an `x-amz-copy-source`. */
  copies: boolean;
  /** Its body is an HTML form. */
  form?: boolean;
}

/** The operation, or AwsError MethodNotAllowed or NotImplemented. */
export function routeOf({ method, resource, query, copies, form = false }: RouteInput): Operation {
  const on = resource.bucket === undefined ? 'service' : resource.key === undefined ? 'bucket' : 'object';
  const fits = ([, route]: [string, Route]): boolean =>
    route.method === method &&
    route.on === on &&
    (route.when ?? []).every((name) => query.has(name)) &&
    (route.oneOf === undefined || route.oneOf.some((name) => query.has(name))) &&
    (route.copies === undefined || copies) &&
    (route.form === undefined || form);
  // The keys of a const object: Object.entries widens them to string.
  const found = (Object.entries(ROUTES) as [Operation, Route][]).find(fits);
  if (found === undefined) throw notServed(method, query);
  const [operation, route]: [Operation, Route] = found;
  const known = new Set([...(route.when ?? []), ...(route.oneOf ?? []), ...(route.takes ?? [])]);
  const stranger = query.pairs.find(([name]) => !known.has(name) && matters(name, method));
  if (stranger) throw notImplemented(`${method} ?${stranger[0]}`);
  return operation;
}

/** Reads ignore parameters that mean nothing to S3, as S3 does; writes take no chances. */
function matters(name: string, method: string): boolean {
  if (SUBRESOURCES.has(name)) return true;
  if (method === 'GET' || method === 'HEAD') return false;
  return !isPresignParameter(name) && !/^x-/i.test(name);
}

function notServed(method: string, query: Query): AwsError {
  const named = query.pairs.find(([name]) => SUBRESOURCES.has(name));
  return named ? notImplemented(`${method} ?${named[0]}`) : new AwsError('MethodNotAllowed');
}

const notImplemented = (what: string): AwsError =>
  new AwsError('NotImplemented', `${what} is not implemented.`);
