/** Which bucket and key a request means. Pure. */
import { AwsError } from '../aws/errors.ts';
import type { AwsRequest } from '../aws/request.ts';
import { decodeText } from '../aws/uri.ts';

export interface Resource {
  bucket: string | undefined;
  /** Exactly as stored: decoded once, nothing normalised. */
  key: string | undefined;
}

export const MAX_KEY_BYTES = 1024;

export function resourceOf({ rawPath, virtualHost }: Pick<AwsRequest, 'rawPath' | 'virtualHost'>): Resource {
  const path = rawPath.slice(1);
  if (virtualHost !== undefined) return { bucket: virtualHost, key: keyOf(path) };
  const slash = path.indexOf('/');
  const bucket = decodeText(slash < 0 ? path : path.slice(0, slash));
  return {
    bucket: bucket === '' ? undefined : bucket,
    key: slash < 0 ? undefined : keyOf(path.slice(slash + 1)),
  };
}

function keyOf(path: string): string | undefined {
  if (path === '') return undefined;
  const key = decodeText(path);
  checkKeyLength(key);
  return key;
}

export function checkKeyLength(key: string): void {
  const size = Buffer.byteLength(key);
  if (size <= MAX_KEY_BYTES) return;
  throw new AwsError('KeyTooLongError', undefined, {
    Size: String(size),
    MaxSizeAllowed: String(MAX_KEY_BYTES),
  });
}

/** `x-amz-copy-source`: `bucket/key`, escaped, with or without a leading slash. */
export function parseCopySource(header: string): {
  bucket: string;
  key: string;
  versionId: string | undefined;
} {
  const [path = '', version] = header.split(/\?versionId=/);
  const { bucket, key } = resourceOf({
    rawPath: path.startsWith('/') ? path : `/${path}`,
    virtualHost: undefined,
  });
  if (bucket === undefined || key === undefined) {
    throw new AwsError(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  return { bucket, key, versionId: version };
}
