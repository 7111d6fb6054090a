/**
 * Verifies Signature Version 4, in the Authorization header or in a presigned URL, for every AWS-shaped
 * service. Sources: "Authenticating Requests (AWS Signature Version 4)", S3 API reference, and facts that
 * other servers learned (issue numbers in the comments).
 */
import { canonicalRequest, deriveKey, hmacHex, scopeText, stringToSign } from './canonical.ts';
import type { Scope } from './canonical.ts';
import type { Caller, FindKey, KeyHolder } from './credentials.ts';
import { AwsError } from './errors.ts';
import type { AwsRequest } from './request.ts';
import { isPresignedV2, verifyPresignedV2 } from './presigned-v2.ts';
import { sameText } from './same-text.ts';
import { parseCredential, readAuthorization } from './signature-claim.ts';
import type { SignatureClaim } from './signature-claim.ts';
import { decodeText, encodePath } from './uri.ts';

const MAX_SKEW_MS = 15 * 60_000;

export interface VerifiedSignature {
  caller: Caller;
  presigned: boolean;
  /** What the signature says of the body: a SHA-256 in hex or one of S3's literals. */
  payload: string;
  /** What signed chunks are chained to; absent from presigned URLs of version 2. */
  chain: SignatureChain | undefined;
}

export interface SignatureChain {
  key: Buffer;
  timestamp: string;
  scope: string;
  /** The signature of the request itself. */
  seed: string;
}

export interface VerifyOptions {
  service: string;
  findKey: FindKey;
  /** Epoch milliseconds. */
  now: number;
}

/** The verified signature, or undefined when the request carries none; throws AwsError when it does not hold. */
export function verifySignature(request: AwsRequest, options: VerifyOptions): VerifiedSignature | undefined {
  const claim = readAuthorization(request);
  if (claim === undefined) {
    if (options.service !== 's3' || !isPresignedV2(request)) return undefined;
    return verifyPresignedV2(request, options.findKey, options.now);
  }
  const scope = checkScope(claim, options.service);
  const holder = options.findKey(scope.accessKeyId);
  if (holder === undefined) {
    throw new AwsError('InvalidAccessKeyId', undefined, { AWSAccessKeyId: scope.accessKeyId });
  }
  checkTime(claim, options.now);
  checkCoverage(request, claim);
  const key = signingKey(holder, scope);
  checkSignature(request, claim, scope, key);
  return {
    caller: holder.caller,
    presigned: claim.presigned,
    payload: claim.payload,
    chain: { key, timestamp: claim.timestamp, scope: scopeText(scope), seed: claim.signature },
  };
}

function checkScope(claim: SignatureClaim, service: string): Scope & { accessKeyId: string } {
  const scope = parseCredential(claim);
  if (scope.service !== service) {
    throw new AwsError(
      claim.presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed',
      `The request is signed for the service "${scope.service}"; this is "${service}".`,
    );
  }
  if (!claim.timestamp.startsWith(scope.date)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      'The date of the credential scope is not that of the request.',
    );
  }
  // Any region is accepted: there is one endpoint, and projects come with regions of their own.
  return scope;
}

function checkTime({ presigned, signedAt, expiresInMs, timestamp }: SignatureClaim, now: number): void {
  const early = signedAt - now > MAX_SKEW_MS;
  if (presigned) {
    const expiresAt = signedAt + expiresInMs;
    if (early) throw new AwsError('AccessDenied', 'Request is not valid yet', { 'X-Amz-Date': timestamp });
    if (now <= expiresAt) return;
    throw new AwsError('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': String(expiresInMs / 1000),
      Expires: new Date(expiresAt).toISOString(),
      ServerTime: new Date(now).toISOString(),
    });
  }
  if (early || now - signedAt > MAX_SKEW_MS) {
    throw new AwsError('RequestTimeTooSkewed', undefined, {
      RequestTime: timestamp,
      ServerTime: new Date(now).toISOString(),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
    });
  }
}

/** Host and every x-amz- header must be signed: an unsigned one could have been added on the way. */
function checkCoverage(request: AwsRequest, { signedHeaders }: SignatureClaim): void {
  const signed = new Set(signedHeaders);
  const missing = Object.keys(request.headers).filter(
    // The payload's hash is a line of its own in what is signed.
    (name) => name.startsWith('x-amz-') && name !== 'x-amz-content-sha256' && !signed.has(name),
  );
  if (!signed.has('host')) missing.unshift('host');
  if (missing.length > 0) {
    throw new AwsError('AccessDenied', 'There were headers present in the request which were not signed', {
      HeadersNotSigned: missing.join(', '),
    });
  }
}

function checkSignature(request: AwsRequest, claim: SignatureClaim, scope: Scope, key: Buffer): void {
  let first: { canonical: string; toSign: string } | undefined;
  for (const { path, rawHeaders } of readings(request, scope.service)) {
    const canonical = canonicalRequest({
      method: request.method,
      path,
      query: request.query,
      rawHeaders,
      signedHeaders: claim.signedHeaders,
      payload: claim.payload,
    });
    const toSign = stringToSign(claim.timestamp, scope, canonical);
    if (sameText(hmacHex(key, toSign), claim.signature)) return;
    first ??= { canonical, toSign };
  }
  throw new AwsError('SignatureDoesNotMatch', undefined, {
    StringToSign: first?.toSign ?? '',
    SignatureProvided: claim.signature,
    CanonicalRequest: first?.canonical ?? '',
  });
}

/** What the client may have signed, likeliest first. */
function* readings({ rawPath, rawHeaders }: AwsRequest, service: string) {
  for (const path of pathsToTry(rawPath, service)) yield { path, rawHeaders };
  // Most clients sign the characters that they send as Latin-1; some the bytes that they send as UTF-8.
  const decoded = rawHeaders.map((text) => Buffer.from(text, 'latin1').toString('utf8'));
  if (decoded.some((text, index) => text !== rawHeaders[index])) yield { path: rawPath, rawHeaders: decoded };
}

/**
 * S3 signs the path as sent; every other service escapes it once more. A client that sends `!` bare but
 * signs `%21`, as AWS's own servers accept, is met by the second form.
 */
function pathsToTry(rawPath: string, service: string): string[] {
  if (service !== 's3') return [encodePath(rawPath)];
  const reencoded = encodePath(decodeText(rawPath));
  return reencoded === rawPath ? [rawPath] : [rawPath, reencoded];
}

/** Four HMACs a request are saved by remembering the day's keys; bounded, because sandboxes bring new ones. */
const derivedKeys = new Map<string, Buffer>();
const MAX_DERIVED_KEYS = 200;

function signingKey({ secretAccessKey }: KeyHolder, scope: Scope): Buffer {
  const name = `${secretAccessKey}/${scopeText(scope)}`;
  const known = derivedKeys.get(name);
  if (known) return known;
  if (derivedKeys.size >= MAX_DERIVED_KEYS) derivedKeys.clear();
  const key = deriveKey(secretAccessKey, scope);
  derivedKeys.set(name, key);
  return key;
}
