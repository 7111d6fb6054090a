import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader } from '../../../../runtime/sandbox/channel/frame-reader.ts';
import { encodeFrame } from '../../../../runtime/sandbox/channel/frames.ts';

/** Reads the bytes in portions of such sizes, as far as there is room; copies what it gets, as it may change. */
function readAll(
  reader: FrameReader,
  bytes: Buffer,
  portions: number[],
): { header: unknown; payload: Buffer }[] {
  const frames = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const room = reader.room();
    expect(room.length).toBeGreaterThan(0);
    const portion = Math.max(1, portions[turn % portions.length] ?? 1);
    const count = bytes.copy(room, 0, at, Math.min(bytes.length, at + portion));
    frames.push(
      ...reader.received(count).map(({ header, payload }) => ({ header, payload: Buffer.from(payload) })),
    );
    at += count;
  }
  return frames;
}

describe('a frame reader', () => {
  test('gives frames as they were sent, however they are read', () => {
    const frame = fc.record({
      header: fc.jsonValue(),
      payload: fc
        .tuple(fc.nat(255), fc.oneof(fc.nat(50), fc.nat(200_000)))
        .map(([byte, length]) => Buffer.alloc(length, byte)),
    });
    const portions = fc.array(fc.oneof(fc.nat(9), fc.integer({ min: 1000, max: 100_000 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), portions, (frames, sizes) => {
        const bytes = Buffer.concat(frames.flatMap(({ header, payload }) => encodeFrame(header, payload)));
        const read = readAll(new FrameReader(), bytes, [...sizes, 70_000]);
        expect(read.length).toBe(frames.length);
        for (const [index, { header, payload }] of frames.entries()) {
          expect(read[index]?.header).toEqual(JSON.parse(JSON.stringify(header)));
          expect(read[index]?.payload.equals(payload)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('reads megabytes to one place, and needs it no longer than that', () => {
    const reader = new FrameReader();
    const small = reader.room().buffer;
    const [head = Buffer.alloc(0), payload = Buffer.alloc(0)] = encodeFrame({}, Buffer.alloc(1024 * 1024, 1));
    reader.received(Buffer.from(head).copy(reader.room()));
    const room = reader.room();
    expect(room.length).toBe(payload.length);
    const [frame] = reader.received(Buffer.from(payload).copy(room));
    expect(frame?.payload.buffer).toBe(room.buffer);
    expect(reader.room().buffer).toBe(small);
  });

  test.each([
    ['a frame larger than any message', [0x10, 0, 0, 0, 0, 0, 0, 2], /frame of 268435456 bytes/],
    ['a header longer than its frame', [0, 0, 0, 6, 0, 0, 0, 9, 0x7b, 0x7d], /header is longer/],
    ['a header that is no JSON', [0, 0, 0, 6, 0, 0, 0, 2, 0x7b, 0x5d], /JSON/],
  ])('refuses %s', (_what, bytes, message) => {
    const reader = new FrameReader();
    expect(() => reader.received(Buffer.from(bytes).copy(reader.room()))).toThrow(message);
  });
});
