/** The headers an object keeps, and those that promise what is not there. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws/errors.ts';
import type { ObjectHeaders } from './objects.ts';

const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-website-redirect-location',
];
const MAX_METADATA_BYTES = 2048;
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';

/** Values are kept as they came, byte for byte (node gives headers as Latin-1 text and takes them so). */
export function keptHeaders(headers: IncomingHttpHeaders): ObjectHeaders {
  const kept: ObjectHeaders = { 'content-type': DEFAULT_CONTENT_TYPE };
  for (const name of KEPT) {
    const value = name === 'content-encoding' ? withoutAwsChunked(text(headers, name)) : text(headers, name);
    if (value !== undefined && value !== '') kept[name] = value;
  }
  let size = 0;
  for (const name of Object.keys(headers).filter((header) => header.startsWith('x-amz-meta-'))) {
    const value = text(headers, name) ?? '';
    kept[name] = value;
    size += name.length - 'x-amz-meta-'.length + Buffer.byteLength(value, 'latin1');
  }
  if (size > MAX_METADATA_BYTES) {
    throw new AwsError('MetadataTooLarge', undefined, {
      Size: String(size),
      MaxSizeAllowed: String(MAX_METADATA_BYTES),
    });
  }
  return kept;
}

/** `aws-chunked` describes the transfer, not the object; gzip and the like stay. */
function withoutAwsChunked(value: string | undefined): string | undefined {
  const tokens = value
    ?.split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '' && token.toLowerCase() !== 'aws-chunked');
  return tokens?.join(',');
}

const STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
];

/** Kept and shown; every class is stored alike. */
export function storageClassOf(headers: IncomingHttpHeaders): string {
  const name = text(headers, 'x-amz-storage-class') ?? 'STANDARD';
  if (STORAGE_CLASSES.includes(name)) return name;
  throw new AwsError('InvalidArgument', 'The storage class you specified is not valid', {
    ArgumentName: 'x-amz-storage-class',
    ArgumentValue: name,
  });
}

/** Refuses what would be dropped in silence otherwise. */
export function refuseUnsupported(headers: IncomingHttpHeaders): void {
  const acl = text(headers, 'x-amz-acl');
  const grants = Object.keys(headers).some((name) => name.startsWith('x-amz-grant-'));
  // As on S3, where new buckets have ACLs disabled: these two change nothing.
  if (grants || (acl !== undefined && acl !== 'private' && acl !== 'bucket-owner-full-control')) {
    throw new AwsError('AccessControlListNotSupported');
  }
  const unsupported = Object.keys(headers).find(
    (name) =>
      name === 'x-amz-tagging' ||
      name === 'x-amz-write-offset-bytes' ||
      name.startsWith('x-amz-object-lock-') ||
      name.includes('server-side-encryption-customer-'),
  );
  if (unsupported) {
    throw new AwsError('NotImplemented', undefined, { Header: unsupported });
  }
}

function text(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
