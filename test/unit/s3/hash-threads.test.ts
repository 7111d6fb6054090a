import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startDigests } from '../../../gateway/s3/digests.ts';
import type { DigestPlan } from '../../../gateway/s3/digests.ts';
import { HashThreads, PIECE_BYTES } from '../../../gateway/s3/hash-threads.ts';
import type { HashLane } from '../../../gateway/s3/hash-threads.ts';
import { LargeBody } from '../../../gateway/s3/large-body.ts';
import { receive } from '../../../gateway/s3/receive.ts';

const PLAN: DigestPlan = { sha256: true, checksum: 'CRC64NVME' };

let threads: HashThreads;
beforeEach(() => {
  threads = new HashThreads();
});
afterEach(() => threads.close());

function begun(plan = PLAN): HashLane {
  const lane = threads.begin(plan);
  if (!lane) throw new Error('no lane is free');
  return lane;
}

function allLanes(): HashLane[] {
  const lanes: HashLane[] = [];
  for (let lane = threads.begin(PLAN); lane; lane = threads.begin(PLAN)) lanes.push(lane);
  return lanes;
}

describe('a large body', () => {
  test.each([
    ['nothing but its last piece', [1000]],
    ['whole pieces', [PIECE_BYTES, PIECE_BYTES]],
    ['chunks that end anywhere, more than there is memory for', Array.from({ length: 90 }, () => 65_001)],
    ['one chunk of many pieces', [PIECE_BYTES * 9 + 1]],
  ])('is written and hashed as it is: %s', async (_, sizes) => {
    const body = randomBytes(sizes.reduce((sum, size) => sum + size, 0));
    const written: Uint8Array[] = [];
    const lane = begun();
    const large = new LargeBody(lane, async (piece) => {
      written.push(Uint8Array.from(piece));
    });
    let at = 0;
    for (const size of sizes) {
      await large.take(body.subarray(at, at + size));
      at += size;
    }
    const values = await large.finish();
    await large.release();

    const expected = startDigests(PLAN);
    expected.update(body);
    expect(values).toEqual(await expected.digest());
    expect(Buffer.concat(written).equals(body)).toBe(true);
  });

  test('that cannot be written fails, and its lane is free for the next', async () => {
    const full = allLanes();
    const large = new LargeBody(full[0] as HashLane, () => Promise.reject(new Error('no space left')));
    const chunk = Buffer.alloc(PIECE_BYTES);
    await expect(
      (async () => {
        for (let index = 0; index < 4; index++) await large.take(chunk);
      })(),
    ).rejects.toThrow('no space left');
    expect(threads.begin(PLAN)).toBeUndefined();
    await large.release();
    expect(threads.begin(PLAN)).toBeDefined();
  });
});

test('bodies at the same time do not mix, and there is a limit to them', async () => {
  const lanes = allLanes();
  expect(lanes.length).toBeLessThanOrEqual(8);
  const values = await Promise.all(
    lanes.map(async (lane, index) => {
      new Uint8Array(lane.memory).fill(index, 0, 10_000);
      await Promise.all([lane.hash(0, 5000), lane.hash(5000, 10_000)]);
      return (await lane.digest()).md5;
    }),
  );
  const expected = lanes.map(async (_, index) => {
    const digests = startDigests(PLAN);
    digests.update(Buffer.alloc(10_000, index));
    return (await digests.digest()).md5;
  });
  expect(values).toEqual(await Promise.all(expected));
});

test('a lane that is given back serves another body, of other hashes', async () => {
  const first = begun();
  await first.hash(0, 1000);
  first.release();
  const second = begun({ sha256: false, checksum: undefined });
  new Uint8Array(second.memory).set(Buffer.from('abc'));
  await second.hash(0, 3);
  expect(await second.digest()).toEqual({
    md5: '900150983cd24fb0d6963f7d28e17f72',
    sha256: undefined,
    checksum: undefined,
  });
});

test('a thread that ends fails the bodies it has; the next gets a new one', async () => {
  const lane = begun();
  const hashed = lane.hash(0, PIECE_BYTES);
  await Promise.all([expect(hashed).rejects.toThrow('has ended'), threads.close()]);
  await expect(lane.hash(0, 1)).rejects.toThrow('has ended');
  await begun().digest();
});

test('what is received is right, and its memory is given back unless others share it', async () => {
  const body = randomBytes(2_000_000);
  const own = Uint8Array.from(body.subarray(0, 1_500_000));
  const shared = body.subarray(1_500_000);
  const written: Uint8Array[] = [];
  const received = await receive(
    (async function* () {
      yield own;
      yield shared;
    })(),
    {
      chunked: undefined,
      length: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
      md5: undefined,
      checksum: { algorithm: 'CRC64NVME', from: 'computed' },
    },
    { write: async (piece) => void written.push(Uint8Array.from(piece)), hashThreads: threads },
  );
  expect([received.size, received.md5]).toEqual([body.length, createHash('md5').update(body).digest('hex')]);
  expect(Buffer.concat(written).equals(body)).toBe(true);
  expect([own.length, shared.length]).toEqual([0, 500_000]);
});
