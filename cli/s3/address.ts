/** What `s3://bucket/key` and a path on the command line mean; pure. */
import { FaasError } from '../../runtime/core/errors.ts';

export interface S3Address {
  bucket: string;
  /** '' means the bucket itself. */
  key: string;
}

export type Place = ({ kind: 's3' } & S3Address) | { kind: 'local'; path: string } | { kind: 'stdio' };

const EXPECTED = 's3://BUCKET/KEY';

/** Keys are taken as they are typed: nothing is unescaped or normalised. */
export function parsePlace(text: string): Place {
  if (text === '-') return { kind: 'stdio' };
  const match = /^s3:\/\/([^/]*)(?:\/(.*))?$/s.exec(text);
  if (!match) return { kind: 'local', path: text };
  const [, bucket = '', key = ''] = match;
  if (bucket !== '') return { kind: 's3', bucket, key };
  throw new FaasError('UsageError', 'the address has no bucket', { expected: EXPECTED, got: text });
}

/** Throws UsageError for anything but an address in S3. */
export function parseS3Address(text: string | undefined): S3Address {
  const place = text === undefined ? undefined : parsePlace(text);
  if (place?.kind === 's3') return place;
  throw new FaasError('UsageError', 'this is no address in S3', {
    expected: EXPECTED,
    got: text ?? 'nothing',
  });
}

/** The key that a file is stored under: a destination that ends in a slash, or is a bucket, is a folder. */
export const keyFor = (key: string, name: string): string =>
  key === '' || key.endsWith('/') ? key + name : key;
