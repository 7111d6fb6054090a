/** What CORS adds to answers, and preflights. */
import type { OutgoingHttpHeaders } from 'node:http';
import { AwsError } from '../aws/errors.ts';
import type { AwsReply, AwsRequest } from '../aws/request.ts';
import { requireBucket } from './call.ts';
import type { S3Parts } from './call.ts';
import { corsHeaders, corsRules } from './cors.ts';

/** The answer to OPTIONS: browsers ask, unsigned, before they send anything else. */
export function preflight(parts: S3Parts, request: AwsRequest, bucket: string | undefined): AwsReply {
  const { origin, 'access-control-request-method': method } = request.headers;
  if (origin === undefined) {
    throw new AwsError('BadRequest', 'Insufficient information. Origin request header needed.');
  }
  if (method === undefined) throw new AwsError('BadRequest', 'Invalid Access-Control-Request-Method: null');
  if (bucket === undefined) throw new AwsError('AccessForbidden');
  const document = parts.buckets.document(requireBucket(parts, bucket).name, 'cors');
  const headers = corsHeaders(corsRules(document), { origin, method, headers: requestedHeaders(request) });
  if (headers) return { status: 200, headers: { ...headers, 'content-length': 0 } };
  throw new AwsError('AccessForbidden', 'CORSResponse: This CORS request is not allowed.', {
    Method: method,
    ResourceType: 'BUCKET',
  });
}

/** What the answer to a page's request carries besides; errors too, or the page could not read them. */
export function crossOriginHeaders(
  { buckets }: S3Parts,
  { method, headers }: AwsRequest,
  bucket: string | undefined,
): OutgoingHttpHeaders {
  const { origin } = headers;
  if (origin === undefined || bucket === undefined || method === 'OPTIONS') return {};
  const rules = corsRules(buckets.document(bucket, 'cors'));
  // Some clients name the method there although they send no preflight.
  const named = headers['access-control-request-method'] ?? method;
  return corsHeaders(rules, { origin, method: named, headers: [] }) ?? {};
}

function requestedHeaders({ headers }: AwsRequest): string[] {
  const value = headers['access-control-request-headers'];
  return (Array.isArray(value) ? value.join(',') : (value ?? ''))
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}
