import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutputLines } from '../../../../runtime/sandbox/docker/output.ts';
import type { RawLine } from '../../../../runtime/sandbox/sandbox.ts';

function frame(stream: 1 | 2, text: string | Buffer): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

function read(chunks: Buffer[]): RawLine[] {
  const lines: RawLine[] = [];
  const output = new OutputLines((line) => lines.push(line));
  for (const chunk of chunks) output.push(chunk);
  output.end();
  return lines;
}

describe('raw output', () => {
  test('is split into lines, each stream for itself', () => {
    expect(read([frame(1, 'one\ntw'), frame(2, 'bad'), frame(1, 'o\n'), frame(2, 'ly\n')])).toEqual([
      { stream: 'stdout', line: 'one' },
      { stream: 'stdout', line: 'two' },
      { stream: 'stderr', line: 'badly' },
    ]);
  });

  test('keeps empty lines, and what comes after the last newline', () => {
    expect(read([frame(1, '\nrest')])).toEqual([
      { stream: 'stdout', line: '' },
      { stream: 'stdout', line: 'rest' },
    ]);
  });

  test('keeps characters that were cut between frames', () => {
    const euro = Buffer.from('€\n');
    expect(read([frame(2, euro.subarray(0, 1)), frame(2, euro.subarray(1))])).toEqual([
      { stream: 'stderr', line: '€' },
    ]);
  });

  test('without a newline is passed on in pieces', () => {
    const lines = read(Array.from({ length: 40 }, () => frame(1, 'x'.repeat(10_000))));
    expect(lines.map(({ line }) => line.length)).toEqual([
      65536,
      65536,
      65536,
      65536,
      65536,
      65536,
      400_000 - 6 * 65536,
    ]);
  });

  test('reads the same however the stream is cut', () => {
    const whole = Buffer.concat([frame(1, 'a\nbü\n'), frame(2, ''), frame(2, 'c\nd'), frame(1, 'e')]);
    const expected = read([whole]);
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, index) => whole.subarray(at[index], end));
        expect(read(chunks)).toEqual(expected);
      }),
    );
  });
});
