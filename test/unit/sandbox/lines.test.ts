import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineBuffer } from '../../../runtime/sandbox/lines.ts';

test('lines are the same wherever the stream is cut, also within a character', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' })),
      fc.array(fc.nat(), { maxLength: 10 }),
      (texts, places) => {
        const text = texts.join('\n');
        const bytes = Buffer.from(text);
        const cuts = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
          (a, b) => a - b,
        );
        const lines = new LineBuffer();
        const found = cuts.flatMap((end, index) => lines.push(bytes.subarray(cuts[index - 1] ?? 0, end)));
        expect([...found, lines.end()].join('\n')).toBe(Buffer.from(text).toString());
      },
    ),
  );
});

test('a line without end is passed on in pieces', () => {
  const lines = new LineBuffer();
  const pieces = lines.push(Buffer.alloc(200_000, 'x'));
  expect(pieces.length).toBe(3);
  expect([...pieces, lines.end()].join('').length).toBe(200_000);
});
