import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, FrameDecoder, splitAtEnd } from '../../../../runtime/sandbox/channel/frames.ts';

/** The bytes cut at arbitrary places. */
function cut(bytes: Buffer, at: number[]): Buffer[] {
  const places = [0, ...at.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

const head = (bodyLength: number, headerLength: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(bodyLength, 0);
  bytes.writeUInt32BE(headerLength, 4);
  return bytes;
};

describe('frames', () => {
  test('come out as they went in, wherever the stream is cut', () => {
    const frame = fc.record({ header: fc.jsonValue(), payload: fc.uint8Array({ maxLength: 40_000 }) });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (frames, places) => {
          const bytes = Buffer.concat(
            frames.flatMap(({ header, payload }) =>
              encodeFrame(header, payload.subarray(0, 9), [payload.subarray(9, 99), payload.subarray(99)]),
            ),
          );
          const decoder = new FrameDecoder();
          const decoded = cut(bytes, places).flatMap((chunk) => decoder.push(chunk));
          expect(decoded.length).toBe(frames.length);
          for (const [index, { header, payload }] of frames.entries()) {
            expect(decoded[index]?.header).toEqual(JSON.parse(JSON.stringify(header)));
            expect(Buffer.concat(decoded[index]?.payload ?? []).equals(payload)).toBe(true);
          }
        },
      ),
    );
  });

  test('of megabytes are not copied to be written', () => {
    const payload = Buffer.alloc(1024 * 1024);
    expect(encodeFrame({}, payload)[1]).toBe(payload);
  });

  test('have a payload that is split where it is said', () => {
    const bytes = fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(bytes, bytes, fc.array(fc.nat(), { maxLength: 5 }), (before, after, places) => {
        const { payload, rest } = splitAtEnd(cut(Buffer.concat([before, after]), places), after.length);
        expect([payload, Buffer.concat(rest)]).toEqual([before, after]);
      }),
    );
    expect(() => splitAtEnd([Buffer.alloc(3)], 4)).toThrow('shorter than the 4 bytes');
  });

  test.each([
    ['larger than any message', head(64 * 1024 * 1024 + 1, 2), /frame of 67108865 bytes/],
    ['smaller than its own head', head(3, 0), /frame of 3 bytes/],
    [
      'with a header that is longer than itself',
      Buffer.concat([head(6, 3), Buffer.from('{}')]),
      /header is longer/,
    ],
    ['with a header that is no JSON', Buffer.concat([head(6, 2), Buffer.from('{]')]), /JSON/],
  ])('%s are refused', (_name, bytes, message) => {
    expect(() => new FrameDecoder().push(bytes)).toThrow(message);
  });
});
