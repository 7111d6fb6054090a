/** As on Lambda; counts the bytes of the JSON text. */
const MAX_ANSWER_BYTES = 6 * 1024 * 1024 + 100;

class AnswerTooLarge extends Error {
  override readonly name = 'Function.ResponseSizeTooLarge';
  constructor() {
    super(`Response payload size exceeded maximum allowed payload size (${MAX_ANSWER_BYTES} bytes).`);
    this.stack = '';
  }
}

/** @throws when an answer of so many bytes is more than a caller may get */
export function checkSize(bytes: number): void {
  if (bytes > MAX_ANSWER_BYTES) throw new AnswerTooLarge();
}

/** The answer as JSON text; what JSON has no word for is `null`. @throws when it cannot be told, or is too large */
export function encodeAnswer(answer: unknown): Buffer {
  const bytes = Buffer.from(stringify(answer));
  checkSize(bytes.length);
  return bytes;
}

function stringify(answer: unknown): string {
  try {
    // Undefined, too, comes out of JSON.stringify for a function or a symbol, which the types do not know.
    const text: string | undefined = JSON.stringify(answer);
    return text ?? 'null';
  } catch (cause) {
    throw new Error('Unable to stringify response body', { cause });
  }
}
