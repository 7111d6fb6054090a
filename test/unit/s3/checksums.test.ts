import { AwsCrc32c } from '@aws-crypto/crc32c';
import { Crc64Nvme as Oracle } from '@aws-sdk/crc64-nvme';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHECKSUM_ALGORITHMS,
  checksumOf,
  isChecksumValue,
  startChecksum,
} from '../../../gateway/s3/checksums.ts';
import type { ChecksumAlgorithm } from '../../../gateway/s3/checksums.ts';
import { combineCrcs } from '../../../gateway/s3/crc-combine.ts';
import { crc32c } from '../../../gateway/s3/crc32c.ts';
import { Crc64Nvme } from '../../../gateway/s3/crc64nvme.ts';

test.each([
  // The check values of the CRC catalogue, and of RFC 3174 and FIPS 180 for the others.
  ['CRC32', '123456789', 'y/Q5Jg=='],
  ['CRC32C', '123456789', '4waSgw=='],
  ['CRC64NVME', '123456789', 'rosUhgp5mIg='],
  ['SHA1', 'abc', 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0='],
  ['SHA256', 'abc', 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='],
] as const)('%s of a known text is the published value', async (algorithm, text, value) => {
  expect(await checksumOf(algorithm, Buffer.from(text))).toBe(value);
});

test('CRC32C agrees with the byte-wise package on any bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const oracle = new AwsCrc32c();
      oracle.update(bytes);
      expect(crc32c(bytes)).toBe(Buffer.from(await oracle.digest()).readUInt32BE());
    }),
  );
});

test('CRC64NVME agrees with the package of the SDK on any bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const oracle = new Oracle();
      oracle.update(bytes);
      const own = new Crc64Nvme();
      own.update(bytes);
      expect(own.digest()).toEqual(Buffer.from(await oracle.digest()));
    }),
  );
});

describe.each(CHECKSUM_ALGORITHMS)('%s', (algorithm) => {
  test('does not depend on how the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(200), async (bytes, cut) => {
        const state = startChecksum(algorithm);
        state.update(bytes.subarray(0, cut));
        state.update(bytes.subarray(cut));
        expect(await state.digest()).toBe(await checksumOf(algorithm, bytes));
      }),
    );
  });

  test('has values of one length only', async () => {
    const value = await checksumOf(algorithm, Buffer.from('x'));
    expect(isChecksumValue(algorithm, value)).toBe(true);
    for (const wrong of ['', 'x', `${value}=`, value.slice(4), value.replace('=', '')]) {
      expect(isChecksumValue(algorithm, wrong)).toBe(false);
    }
  });
});

describe.each(['CRC32', 'CRC32C', 'CRC64NVME'] satisfies ChecksumAlgorithm[])('%s', (algorithm) => {
  test('of a whole follows from those of its parts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 100 }), { minLength: 1, maxLength: 6 }),
        async (parts) => {
          const values = await Promise.all(
            parts.map(async (part) => ({ value: await checksumOf(algorithm, part), size: part.length })),
          );
          expect(combineCrcs(algorithm, values)).toBe(await checksumOf(algorithm, Buffer.concat(parts)));
        },
      ),
    );
  });
});
