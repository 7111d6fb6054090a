/** `x-amz-expected-bucket-owner`: a request that meets somebody else's bucket of that name is refused. */
import { OWNER_ACCOUNT } from '../../runtime/config/accounts.ts';
import { ACCOUNT_ID } from '../../runtime/core/ids.ts';
import { AwsError } from '../aws/errors.ts';
import { header } from './call.ts';
import type { S3Call, S3Parts } from './call.ts';

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
  // The owner's account is also known by the number that ARNs have.
  if (owner === OWNER_ACCOUNT && expected === ACCOUNT_ID) return;
  throw new AwsError('AccessDenied');
}
