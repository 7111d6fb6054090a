/** The checksums of S3: what they are called on the wire, how long they are, how they are computed. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from './crc32c.ts';
import { Crc64Nvme } from './crc64nvme.ts';

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** Whether a multipart object's checksum covers its bytes, or the checksums of its parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  algorithm: ChecksumAlgorithm;
  type: ChecksumType;
  /** Base64 of the big-endian bytes; composite ones end in `-<parts>`. */
  value: string;
}

export interface ChecksumState {
  update(chunk: Uint8Array): void;
  /** Base64. Ends the computation. */
  digest(): Promise<string>;
}

/** What S3 computes for an upload that brings no checksum of its own. */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'CRC64NVME';

const BYTES: Record<ChecksumAlgorithm, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };

export const checksumHeader = (algorithm: ChecksumAlgorithm): string =>
  `x-amz-checksum-${algorithm.toLowerCase()}`;

export function parseAlgorithm(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase());
}

/** True for canonical base64 of the right length. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === BYTES[algorithm] && bytes.toString('base64') === value;
}

export async function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Promise<string> {
  const state = startChecksum(algorithm);
  state.update(bytes);
  return state.digest();
}

export function startChecksum(algorithm: ChecksumAlgorithm): ChecksumState {
  switch (algorithm) {
    case 'CRC32':
      return runningCrc(crc32);
    case 'CRC32C':
      return runningCrc(crc32c);
    case 'CRC64NVME': {
      const state = new Crc64Nvme();
      return {
        update: (chunk) => state.update(chunk),
        digest: async () => state.digest().toString('base64'),
      };
    }
    case 'SHA1':
    case 'SHA256': {
      const hash = createHash(algorithm);
      return { update: (chunk) => void hash.update(chunk), digest: async () => hash.digest('base64') };
    }
  }
}

function runningCrc(next: (chunk: Uint8Array, crc: number) => number): ChecksumState {
  let crc = 0;
  return {
    update(chunk) {
      crc = next(chunk, crc);
    },
    async digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc);
      return bytes.toString('base64');
    },
  };
}
