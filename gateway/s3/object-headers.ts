/** The headers an object keeps, and those that promise what is not there. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws/errors.ts';
import type { ObjectHeaders } from './objects.ts';

const ENCRYPTION = [
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-bucket-key-enabled',
];
const GIVEN_ANEW = [...ENCRYPTION, 'x-amz-website-redirect-location'];
const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  ...GIVEN_ANEW,
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

/** Of a copy: the source's, but for what each object is given anew. */
export function copiedHeaders(source: ObjectHeaders, request: IncomingHttpHeaders): ObjectHeaders {
  const copied = Object.entries(source).filter(([name]) => !GIVEN_ANEW.includes(name));
  const given = GIVEN_ANEW.flatMap((name) => {
    const value = text(request, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries([...copied, ...given]);
}

/** Kept and shown, because clients look for them; nothing is encrypted. */
export const encryptionHeaders = (headers: ObjectHeaders): ObjectHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => ENCRYPTION.includes(name)));

/** Refuses what would be dropped in silence otherwise, and values that nothing could be done with. */
export function refuseUnsupported(headers: IncomingHttpHeaders): void {
  const unsupported = Object.keys(headers).find(
    (name) => name === 'x-amz-write-offset-bytes' || name.includes('server-side-encryption-customer-'),
  );
  if (unsupported) throw new AwsError('NotImplemented', undefined, { Header: unsupported });
  const redirect = text(headers, 'x-amz-website-redirect-location');
  if (redirect !== undefined && !/^(\/|https?:\/\/)/.test(redirect))
    throw new AwsError('InvalidRedirectLocation');
  const encryption = text(headers, 'x-amz-server-side-encryption');
  if (encryption === undefined || ['AES256', 'aws:kms', 'aws:kms:dsse'].includes(encryption)) return;
  throw new AwsError('InvalidArgument', 'The encryption method specified is not supported', {
    ArgumentName: 'x-amz-server-side-encryption',
    ArgumentValue: encryption,
  });
}

function text(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
