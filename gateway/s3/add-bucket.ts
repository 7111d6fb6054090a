import { isBucketName } from '../../runtime/config/s3-trigger.ts';
import { AwsError } from '../aws/errors.ts';
import type { S3Parts } from './call.ts';

/** False when it was there before; throws InvalidBucketName. */
export function addBucket({ buckets, clock }: S3Parts, name: string, owner: string): boolean {
  if (!isBucketName(name)) throw new AwsError('InvalidBucketName', undefined, { BucketName: name });
  return buckets.create({ name, createdAt: clock.now(), owner });
}
