/** The hashes of one body, computed where they are asked for: on the server's thread, or on one of `hash-threads.ts`. */
import { createHash } from 'node:crypto';
import { startChecksum } from './checksums.ts';
import type { ChecksumAlgorithm } from './checksums.ts';

/** Which there are beside MD5, the entity tag. */
export interface DigestPlan {
  sha256: boolean;
  checksum: ChecksumAlgorithm | undefined;
}

export interface DigestValues {
  /** Hex. */
  md5: string;
  /** Hex. */
  sha256: string | undefined;
  /** Base64. */
  checksum: string | undefined;
}

export interface Digests {
  update(chunk: Uint8Array): void;
  /** Ends the computation. */
  digest(): Promise<DigestValues>;
}

export function startDigests(plan: DigestPlan): Digests {
  const md5 = createHash('md5');
  const sha256 = plan.sha256 ? createHash('sha256') : undefined;
  const checksum = plan.checksum && startChecksum(plan.checksum);
  return {
    update(chunk) {
      md5.update(chunk);
      sha256?.update(chunk);
      checksum?.update(chunk);
    },
    async digest() {
      return { md5: md5.digest('hex'), sha256: sha256?.digest('hex'), checksum: await checksum?.digest() };
    },
  };
}
