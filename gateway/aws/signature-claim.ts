/** What a request says of its own signature, read from the Authorization header or a presigned URL. */
import type { Scope } from './canonical.ts';
import { AwsError } from './errors.ts';
import type { AwsRequest } from './request.ts';
import type { Query } from './uri.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_EXPIRES_SECONDS = 604_800;

export interface SignatureClaim {
  presigned: boolean;
  /** `KEY/20261101/us-east-1/s3/aws4_request`. */
  credential: string;
  /** Lower case, sorted. */
  signedHeaders: string[];
  signature: string;
  /** `20261101T120000Z`. */
  timestamp: string;
  signedAt: number;
  /** Presigned only; 0 otherwise. */
  expiresInMs: number;
  payload: string;
}

/** Parameters that carry a presigned URL's signature; other `x-amz-` parameters stand for headers. */
export const isPresignParameter = (name: string): boolean =>
  /^X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token|Content-Sha256)$/i.test(
    name,
  ) || /^(AWSAccessKeyId|Signature|Expires|content-type|content-md5)$/.test(name);

export function readAuthorization(request: AwsRequest): SignatureClaim | undefined {
  const header = request.headers.authorization || undefined;
  const presigned = request.query.has('X-Amz-Algorithm') || request.query.has('X-Amz-Signature');
  if (header !== undefined && presigned) {
    throw new AwsError(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    );
  }
  if (presigned) return fromQuery(request.query, request.headers['x-amz-content-sha256']);
  if (header !== undefined) return fromHeader(request, header);
  return undefined;
}

export function parseCredential({
  credential,
  presigned,
}: Pick<SignatureClaim, 'credential' | 'presigned'>): Scope & { accessKeyId: string } {
  // An access key may hold slashes, so the four known parts are counted from the end.
  const match = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(credential);
  const [, accessKeyId, date, region, service] = match ?? [];
  if (!accessKeyId || !date || !region || !service) {
    throw malformed(presigned, 'The Credential must be "<access key>/YYYYMMDD/region/service/aws4_request".');
  }
  return { accessKeyId, date, region, service };
}

function fromHeader(request: AwsRequest, header: string): SignatureClaim {
  const [algorithm, rest] = splitOnce(header.trim(), ' ');
  if (algorithm === 'AWS' && !rest.includes(':')) {
    throw new AwsError(
      'InvalidArgument',
      'AWS authorization header is invalid.  Expected AwsAccessKeyId:signature',
      { ArgumentName: 'Authorization', ArgumentValue: header },
    );
  }
  if (algorithm === 'AWS') {
    throw new AwsError(
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    );
  }
  if (algorithm !== ALGORITHM) {
    throw new AwsError('InvalidArgument', 'Unsupported Authorization Type', {
      ArgumentName: 'Authorization',
    });
  }
  const parts = new Map(rest.split(',').map((part) => splitOnce(part.trim(), '=')));
  const timestamp = headerText(request, 'x-amz-date') ?? basicDate(headerText(request, 'date'));
  const payload = headerText(request, 'x-amz-content-sha256');
  const credential = required(parts.get('Credential'), 'Credential');
  if (timestamp === undefined) throw noDate();
  if (payload === undefined && isForS3(credential)) {
    throw new AwsError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return {
    presigned: false,
    credential,
    signedHeaders: headerNames(required(parts.get('SignedHeaders'), 'SignedHeaders')),
    signature: required(parts.get('Signature'), 'Signature'),
    timestamp,
    signedAt: parseTimestamp(timestamp, false),
    expiresInMs: 0,
    payload: payload ?? EMPTY_SHA256,
  };
}

/** SHA-256 of nothing: what a request without a body is signed with. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function fromQuery(query: Query, payloadHeader: string | string[] | undefined): SignatureClaim {
  const read = (name: string): string => {
    const value = query.get(`X-Amz-${name}`);
    if (value) return value;
    throw malformed(true, `Query-string authentication requires the X-Amz-${name} parameter.`);
  };
  if (read('Algorithm') !== ALGORITHM) throw malformed(true, `X-Amz-Algorithm only supports "${ALGORITHM}".`);
  const expires = read('Expires');
  const seconds = /^-?\d{1,7}$/.test(expires) ? Number(expires) : Number.NaN;
  if (seconds < 1) throw new AwsError('AccessDenied', 'Request has expired', { 'X-Amz-Expires': expires });
  if (!(seconds <= MAX_EXPIRES_SECONDS)) {
    throw malformed(true, `X-Amz-Expires must be a number of seconds from 1 to ${MAX_EXPIRES_SECONDS}.`);
  }
  const timestamp = read('Date');
  const credential = read('Credential');
  const unsaid = isForS3(credential) ? 'UNSIGNED-PAYLOAD' : EMPTY_SHA256;
  return {
    presigned: true,
    credential,
    signedHeaders: headerNames(read('SignedHeaders')),
    signature: read('Signature'),
    timestamp,
    signedAt: parseTimestamp(timestamp, true),
    expiresInMs: seconds * 1000,
    payload: query.get('X-Amz-Content-Sha256') ?? singleValue(payloadHeader) ?? unsaid,
  };
}

const isForS3 = (credential: string): boolean => credential.endsWith('/s3/aws4_request');

const headerNames = (list: string): string[] => list.toLowerCase().split(';').toSorted();

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function required(value: string | undefined, name: string): string {
  if (value) return value;
  throw malformed(false, `The authorization header is malformed: it has no ${name}.`);
}

const singleValue = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

const headerText = (request: AwsRequest, name: string): string | undefined =>
  singleValue(request.headers[name]);

function basicDate(text: string | undefined): string | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}

function parseTimestamp(text: string, presigned: boolean): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const time = match
    ? Date.parse(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
    : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw presigned ? malformed(true, 'The date must be in ISO 8601 basic form: 20261101T120000Z.') : noDate();
}

const noDate = (): AwsError =>
  new AwsError('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');

const malformed = (presigned: boolean, message: string): AwsError =>
  new AwsError(presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed', message);
