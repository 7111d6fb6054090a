/** What a request says about its body, decided before a byte of it is read. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws/errors.ts';
import type { VerifiedSignature } from '../aws/sigv4.ts';
import type { ChunkedOptions } from './aws-chunked.ts';
import { CHECKSUM_ALGORITHMS, checksumHeader, isChecksumValue, parseAlgorithm } from './checksums.ts';
import type { ChecksumAlgorithm } from './checksums.ts';

export interface BodyPlan {
  /** Given when the body is in `aws-chunked` frames. */
  chunked: ChunkedOptions | undefined;
  /** Bytes of payload, where the request says so. */
  length: number | undefined;
  /** Hex. */
  sha256: string | undefined;
  /** Hex. */
  md5: string | undefined;
  checksum:
    | { algorithm: ChecksumAlgorithm; from: { header: string } | { trailer: string } | 'computed' }
    | undefined;
}

export interface BodyPlanOptions {
  /** Computed when the request brings no checksum of its own. */
  defaultAlgorithm?: ChecksumAlgorithm | undefined;
  /** An upload has to say that it is empty: without a length nothing tells it from one that lost its body. */
  upload?: true;
}

export function planBody(
  headers: IncomingHttpHeaders,
  signature: VerifiedSignature | undefined,
  options: BodyPlanOptions = {},
): BodyPlan {
  if (options.upload && headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)
    throw new AwsError('MissingContentLength');
  const payload = signature?.payload ?? text(headers, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  const chunked = planFraming(headers, payload, signature);
  return {
    chunked,
    length: chunked?.decodedLength ?? wholeNumber(headers, 'content-length'),
    sha256: /^[0-9a-f]{64}$/.test(payload) ? payload : undefined,
    md5: contentMd5(headers),
    checksum: planChecksum(headers, chunked?.trailer ?? false, options.defaultAlgorithm),
  };
}

/** Framing follows x-amz-content-sha256 alone: Content-Encoding says aws-chunked only sometimes. */
function planFraming(
  headers: IncomingHttpHeaders,
  payload: string,
  signature: VerifiedSignature | undefined,
): ChunkedOptions | undefined {
  switch (payload) {
    case 'UNSIGNED-PAYLOAD':
      return undefined;
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { trailer: true, decodedLength: decodedLength(headers) };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      if (!signature?.chain) throw new AwsError('AccessDenied', 'Signed chunks need a signed request.');
      return {
        chain: signature.chain,
        trailer: payload.endsWith('TRAILER'),
        decodedLength: decodedLength(headers),
      };
    default:
      if (/^[0-9a-f]{64}$/.test(payload)) return undefined;
      if (payload.startsWith('STREAMING-'))
        throw new AwsError('NotImplemented', `${payload} is not implemented.`);
      throw new AwsError(
        'InvalidArgument',
        'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
        { ArgumentName: 'x-amz-content-sha256', ArgumentValue: payload },
      );
  }
}

function decodedLength(headers: IncomingHttpHeaders): number {
  const length = wholeNumber(headers, 'x-amz-decoded-content-length');
  if (length === undefined) {
    throw new AwsError(
      'MissingContentLength',
      'You must provide the x-amz-decoded-content-length HTTP header.',
    );
  }
  return length;
}

function planChecksum(
  headers: IncomingHttpHeaders,
  trailers: boolean,
  defaultAlgorithm: ChecksumAlgorithm | undefined,
): BodyPlan['checksum'] {
  const given = CHECKSUM_ALGORITHMS.filter(
    (algorithm) => text(headers, checksumHeader(algorithm)) !== undefined,
  );
  const announced = trailers ? announcedTrailer(headers) : undefined;
  if (given.length > 1 || (given.length === 1 && announced)) {
    throw new AwsError(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const algorithm = given[0] ?? announced;
  agreesWithSdk(headers, algorithm);
  if (algorithm === undefined) return defaultAlgorithm && { algorithm: defaultAlgorithm, from: 'computed' };
  const name = checksumHeader(algorithm);
  const value = text(headers, name);
  if (value === undefined) return { algorithm, from: { trailer: name } };
  if (!isChecksumValue(algorithm, value)) throw invalidChecksum(name);
  return { algorithm, from: { header: value } };
}

export const invalidChecksum = (name: string): AwsError =>
  new AwsError('InvalidRequest', `Value for ${name} header is invalid.`);

function announcedTrailer(headers: IncomingHttpHeaders): ChecksumAlgorithm | undefined {
  const names = (text(headers, 'x-amz-trailer') ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) return undefined;
  const algorithm = CHECKSUM_ALGORITHMS.find((candidate) => checksumHeader(candidate) === names[0]);
  if (names.length > 1 || algorithm === undefined) {
    throw new AwsError('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
  }
  return algorithm;
}

function agreesWithSdk(headers: IncomingHttpHeaders, algorithm: ChecksumAlgorithm | undefined): void {
  const named = text(headers, 'x-amz-sdk-checksum-algorithm');
  if (named === undefined || parseAlgorithm(named) === algorithm) {
    if (named === undefined || algorithm !== undefined) return;
  }
  throw new AwsError(
    'InvalidRequest',
    algorithm === undefined
      ? 'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.'
      : 'Value for x-amz-sdk-checksum-algorithm header is invalid.',
  );
}

function contentMd5(headers: IncomingHttpHeaders): string | undefined {
  const value = text(headers, 'content-md5');
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 16 || bytes.toString('base64') !== value) throw new AwsError('InvalidDigest');
  return bytes.toString('hex');
}

function wholeNumber(headers: IncomingHttpHeaders, name: string): number | undefined {
  const value = text(headers, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw new AwsError('InvalidArgument', `${name} must be a whole number.`);
  return Number(value);
}

function text(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
