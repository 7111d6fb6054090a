/** Who is asking, and may they at all. The same rules for every AWS-shaped service. */
import type { Runtime } from '../../runtime/api.ts';
import { OWNER_ACCOUNT } from '../../runtime/config/accounts.ts';
import { findKeyOf } from './credentials.ts';
import type { Caller } from './credentials.ts';
import { AwsError } from './errors.ts';
import type { AwsRequest } from './request.ts';
import { verifySignature } from './sigv4.ts';
import type { VerifiedSignature } from './sigv4.ts';

export interface Admission {
  caller: Caller;
  /** Undefined for an unsigned request. */
  signature: VerifiedSignature | undefined;
}

/** Tells callers apart, or throws the AwsError to answer with. */
export function createAdmission(
  runtime: Pick<Runtime, 'config' | 'identityOf'>,
  service: string,
): (request: AwsRequest, now: number) => Admission {
  const findKey = findKeyOf(runtime);
  return (request, now) => {
    const signature = verifySignature(request, { service, findKey, now });
    if (signature) return { caller: signature.caller, signature };
    // Whoever may be anonymous has only what access control lists give to everybody, wherever they come from.
    if (service === 's3' && runtime.config.s3.unsigned === 'acl') return ANONYMOUS;
    refuseUnsigned(request);
    return { caller: { kind: 'owner', account: OWNER_ACCOUNT }, signature: undefined };
  };
}

/** The id that S3 itself gives to nobody. */
export const ANONYMOUS: Admission = {
  caller: { kind: 'anonymous', account: '65a011a29cdf8ec533ec3d1ccaae921c' },
  signature: undefined,
};

function refuseUnsigned(request: AwsRequest): void {
  if (request.headers.origin !== undefined) {
    // A page of this very port is refused too: it is an uploaded object, and uploads may be anybody's.
    throw new AwsError('AccessDenied', 'Unsigned requests from web pages are refused; use a presigned URL.');
  }
  if (!request.local) {
    throw new AwsError(
      'AccessDenied',
      'Unsigned requests are accepted from loopback only; sign the request.',
    );
  }
}
