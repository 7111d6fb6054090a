import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../gateway/aws/errors.ts';
import { createChunkedDecoder } from '../../../gateway/s3/aws-chunked.ts';
import type { ChunkedOptions } from '../../../gateway/s3/aws-chunked.ts';
import { CHAIN, frame } from '../../support/aws-chunked-frames.ts';

const TRAILERS = { 'x-amz-checksum-crc32': 'AAAAAA==' };

/** The four framings of S3. */
const FRAMINGS = [
  { name: 'signed chunks', frames: { chain: CHAIN }, decode: { chain: CHAIN, trailer: false } },
  {
    name: 'signed chunks and trailer',
    frames: { chain: CHAIN, trailers: TRAILERS },
    decode: { chain: CHAIN, trailer: true },
  },
  { name: 'unsigned chunks and trailer', frames: { trailers: TRAILERS }, decode: { trailer: true } },
  { name: 'unsigned chunks', frames: {}, decode: { trailer: false } },
];

function decode(body: Buffer, options: ChunkedOptions, cuts: readonly number[] = []) {
  const decoder = createChunkedDecoder(options);
  const edges = [...new Set(cuts.map((cut) => cut % (body.length + 1)))].toSorted((a, b) => a - b);
  const payload: Uint8Array[] = [];
  let from = 0;
  for (const edge of [...edges, body.length]) {
    // Copied, and overwritten afterwards: a decoder that keeps a reference to a read would be found out.
    const read = Buffer.from(body.subarray(from, edge));
    payload.push(...decoder.push(read).map((slice) => Buffer.from(slice)));
    read.fill(0xff);
    from = edge;
  }
  return { payload: Buffer.concat(payload), trailers: Object.fromEntries(decoder.finish()) };
}

describe.each(FRAMINGS)('$name', ({ frames, decode: options }) => {
  test('are taken off wherever the network splits them', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.integer({ min: 1, max: 700 }),
        fc.array(fc.nat(5000), { maxLength: 40 }),
        (bytes, chunkSize, cuts) => {
          const payload = Buffer.from(bytes);
          const body = frame(payload, { ...frames, chunkSize });
          const decoded = decode(body, { ...options, decodedLength: payload.length }, cuts);
          expect(decoded.payload.equals(payload)).toBe(true);
          expect(decoded.trailers).toMatchObject(options.trailer ? TRAILERS : {});
        },
      ),
    );
  });

  test('are refused when the body is cut short anywhere before the last chunk is complete', () => {
    const payload = Buffer.from('some bytes that arrive in three chunks');
    const body = frame(payload, { ...frames, chunkSize: 16 });
    const complete = body.indexOf('\r\n0') + 3;
    for (let length = 0; length < complete; length++) {
      expect(() => decode(body.subarray(0, length), { ...options, decodedLength: payload.length })).toThrow(
        AwsError,
      );
    }
  });

  test.each([-1, 1])('are refused when their length is off by %i', (off) => {
    const payload = Buffer.from('twelve bytes');
    expect(() => decode(frame(payload, frames), { ...options, decodedLength: payload.length + off })).toThrow(
      /x-amz-decoded-content-length/,
    );
  });
});

describe('signatures', () => {
  const payload = Buffer.from('0123456789abcdefghij');
  const body = frame(payload, { chain: CHAIN, trailers: TRAILERS, chunkSize: 8 });
  const options = { chain: CHAIN, trailer: true, decodedLength: payload.length };

  test('no byte of payload, signature or trailer can be changed unnoticed', () => {
    const outcomes = new Set<string>();
    for (let at = 0; at < body.length; at++) {
      const changed = Buffer.from(body);
      changed[at] = changed[at]! ^ 1;
      try {
        const decoded = decode(changed, options);
        outcomes.add(`${decoded.payload.toString()} ${decoded.trailers['x-amz-checksum-crc32']}`);
      } catch (error) {
        outcomes.add(error instanceof AwsError ? 'refused' : String(error));
      }
    }
    // What is let through unchanged is a line break written otherwise.
    outcomes.delete(`${payload.toString()} AAAAAA==`);
    expect([...outcomes]).toEqual(['refused']);
  });

  test('chunks cannot be left out, repeated or exchanged', () => {
    const header = body.indexOf('\r\n') + 2;
    const chunk = header + 8 + 2;
    const first = body.subarray(0, chunk);
    const second = body.subarray(chunk, 2 * chunk);
    const rest = body.subarray(2 * chunk);
    for (const parts of [
      [second, rest],
      [first, first, rest],
      [second, first, rest],
    ]) {
      expect(() => decode(Buffer.concat(parts), options)).toThrow(/signature/);
    }
  });

  test('a body signed with another key is refused', () => {
    const other = frame(payload, { chain: { ...CHAIN, key: Buffer.alloc(32, 8) }, trailers: TRAILERS });
    expect(() => decode(other, options)).toThrow(/signature/);
  });

  test('unsigned chunks are refused where signed ones are due', () => {
    expect(() => decode(frame(payload, { trailers: TRAILERS }), options)).toThrow(/signature/);
  });
});

describe('hostile frames', () => {
  const options = { trailer: true, decodedLength: 100 };
  test.each([
    ['a size that is no number', 'zz\r\n'],
    ['a negative size', '-5\r\n'],
    ['a size beyond all bounds', `${'f'.repeat(14)}\r\n`],
    ['a size of more than was declared', 'ffff\r\n'],
    ['a chunk header without end', '1'.repeat(10_000)],
    ['a chunk longer than its size', '3\r\nabcd\r\n0\r\n\r\n'],
    ['a trailer without end', `0\r\n${'a'.repeat(100_000)}`],
    ['more trailers than fit', `0\r\n${'a:b\r\n'.repeat(5000)}`],
    ['a trailer without a colon', '0\r\nrubbish\r\n\r\n'],
    ['the same trailer twice', '0\r\na:1\r\nA:2\r\n\r\n'],
    ['an unknown extension', '0;what=ever\r\n\r\n'],
  ])('%s is refused', (_name, text) => {
    expect(() => decode(Buffer.from(text), { ...options, decodedLength: 4 })).toThrow(AwsError);
  });

  test('a trailer that nobody announced is refused', () => {
    expect(() => decode(Buffer.from('0\r\na:b\r\n\r\n'), { trailer: false, decodedLength: 0 })).toThrow(
      AwsError,
    );
  });

  test.each([
    ['a bare line feed after the trailer', '4\r\nabcd\r\n0\r\na:b\n\r\n\r\n'],
    ['no blank line at the end', '4\r\nabcd\r\n0\r\na:b\r\n'],
    ['blanks around the value', '4\r\nabcd\r\n0\r\nA: b \r\n\r\n'],
  ])('%s, as some clients write, is accepted', (_name, text) => {
    const decoded = decode(Buffer.from(text), { trailer: true, decodedLength: 4 });
    expect(decoded).toEqual({ payload: Buffer.from('abcd'), trailers: { a: 'b' } });
  });
});
