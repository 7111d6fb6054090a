/**
 * Presigned URLs of Signature Version 2, for S3 alone. Long superseded, but still what boto3 and
 * `aws s3 presign` make by default for the region us-east-1. Header signatures of that version are refused.
 * Source: "Signing and authenticating REST requests (AWS signature version 2)", S3 API reference.
 */
import { createHmac } from 'node:crypto';
import type { FindKey } from './credentials.ts';
import { AwsError } from './errors.ts';
import type { AwsRequest } from './request.ts';
import type { VerifiedSignature } from './sigv4.ts';
import { sameText } from './same-text.ts';

export const isPresignedV2 = ({ query }: AwsRequest): boolean =>
  query.has('AWSAccessKeyId') && query.has('Signature') && query.has('Expires');

/** Throws AwsError when the signature does not hold or has expired. */
export function verifyPresignedV2(request: AwsRequest, findKey: FindKey, now: number): VerifiedSignature {
  const accessKeyId = request.query.get('AWSAccessKeyId') ?? '';
  const expires = request.query.get('Expires') ?? '';
  const holder = findKey(accessKeyId);
  if (!holder) throw new AwsError('InvalidAccessKeyId', undefined, { AWSAccessKeyId: accessKeyId });
  if (!/^\d{1,12}$/.test(expires))
    throw new AwsError('AccessDenied', 'Invalid date (should be seconds since epoch)');
  if (now > Number(expires) * 1000) {
    throw new AwsError('AccessDenied', 'Request has expired', { ServerTime: new Date(now).toISOString() });
  }
  const text = stringToSign(request, expires);
  const expected = createHmac('sha1', holder.secretAccessKey).update(text).digest('base64');
  const provided = request.query.get('Signature') ?? '';
  if (!sameText(expected, provided)) {
    throw new AwsError('SignatureDoesNotMatch', undefined, {
      StringToSign: text,
      SignatureProvided: provided,
    });
  }
  return { caller: holder.caller, presigned: true, payload: 'UNSIGNED-PAYLOAD', chain: undefined };
}

function stringToSign(request: AwsRequest, expires: string): string {
  const { method, headers } = request;
  const lines = [method, headers['content-md5'] ?? '', headers['content-type'] ?? '', expires];
  return [...lines, ...amzHeaders(request), canonicalResource(request)].join('\n');
}

/** Headers that came as parameters of the URL count as well. */
function amzHeaders({ headers, query }: AwsRequest): string[] {
  const carried = query.pairs.map(([name, value]) => [name.toLowerCase(), value] as const);
  return [...Object.entries(headers), ...carried]
    .filter(([name]) => name.startsWith('x-amz-'))
    .map(([name, value]) => `${name}:${String(value).trim()}`)
    .toSorted();
}

/** Parameters that are part of the resource; all others are not signed. */
const SIGNED_PARAMETERS = new Set(
  `accelerate acl cors delete lifecycle location logging notification partNumber policy requestPayment restore
  tagging torrent uploadId uploads versionId versioning versions website response-cache-control
  response-content-disposition response-content-encoding response-content-language response-content-type
  response-expires`.split(/\s+/),
);

function canonicalResource({ rawPath, virtualHost, query }: AwsRequest): string {
  const path = virtualHost === undefined ? rawPath : `/${virtualHost}${rawPath}`;
  const parameters = query.pairs
    .filter(([name]) => SIGNED_PARAMETERS.has(name))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .toSorted();
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
}
