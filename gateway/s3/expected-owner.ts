/** `x-amz-expected-bucket-owner`: a request that meets somebody else's bucket of that name is refused. */
import { OWNER_ACCOUNT } from '../../runtime/config/accounts.ts';
import { AwsError } from '../aws/errors.ts';
import { header } from './call.ts';
import type { S3Call, S3Parts } from './call.ts';

/** The number that the owner's account has in the ARNs of functions. */
const OWNER_NUMBER = '000000000000';

/** Throws AccessDenied. With `source`, for the bucket that a copy reads. */
export function checkExpectedOwner(
  { buckets }: Pick<S3Parts, 'buckets'>,
  call: Pick<S3Call, 'headers'>,
  { bucket, source = false }: { bucket: string; source?: boolean },
): void {
  const expected = header(
    call,
    source ? 'x-amz-source-expected-bucket-owner' : 'x-amz-expected-bucket-owner',
  );
  if (expected === undefined) return;
  const owner = buckets.get(bucket)?.owner;
  if (owner === undefined || owner === expected) return;
  if (owner === OWNER_ACCOUNT && expected === OWNER_NUMBER) return;
  throw new AwsError('AccessDenied');
}
