import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesInJson, wholeBytes, wholeEvent } from '../../../runtime/core/detached-body.ts';

/** Every kind of character that JSON escapes, and some that it does not. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', '\\', '/', '\b', '\n', '\u0000', '\u001f', '\u007f', '\u2028', 'ü', '€', '𝄞'),
    fc.nat(255).map((code) => String.fromCharCode(code)),
  ),
  maxLength: 50,
});

/** In pieces, cut anywhere. */
const pieces = (bytes: Buffer, at: number): Buffer[] => {
  const cut = at % (bytes.length + 1);
  return [bytes.subarray(0, cut), bytes.subarray(cut)];
};

describe('a detached body', () => {
  it('of text counts what it would be in JSON, wherever it is cut', () => {
    fc.assert(
      fc.property(text, fc.nat(), (body, at) => {
        const inJson = Buffer.byteLength(JSON.stringify(body)) - '""'.length;
        expect(bytesInJson(pieces(Buffer.from(body), at), false)).toBe(inJson);
      }),
    );
  });

  it('of bytes counts as their base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(), (bytes, at) => {
        const base64 = Buffer.from(bytes).toString('base64');
        expect(bytesInJson(pieces(Buffer.from(bytes), at), true)).toBe(base64.length);
      }),
    );
  });

  it.each([true, false])(
    'put back gives the event that it was taken from (base64: %s)',
    (isBase64Encoded) => {
      fc.assert(
        fc.property(text, fc.nat(), (content, at) => {
          const bytes = Buffer.from(content);
          const headers = { note: '"body":""' };
          const event = (body: string): Buffer =>
            Buffer.from(JSON.stringify({ headers, body, isBase64Encoded }));
          const chunks = pieces(bytes, at);
          const body = { chunks, jsonBytes: bytesInJson(chunks, isBase64Encoded) };
          const detached = { payload: event(''), body };

          const whole = event(bytes.toString(isBase64Encoded ? 'base64' : 'utf8'));
          expect(Buffer.from(wholeEvent(detached)).toString()).toBe(whole.toString());
          expect(wholeBytes(detached)).toBe(whole.length);
        }),
      );
    },
  );
});
