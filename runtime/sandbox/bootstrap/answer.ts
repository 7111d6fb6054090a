import { decodeBase64 } from '../../core/base64.ts';
import { bytesInJson, DETACHED_FROM_BYTES } from '../../core/detached-body.ts';

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

export interface EncodedAnswer {
  /** JSON text; what JSON has no word for is `null`. */
  json: Buffer;
  /** Its large body, when that is detached: see DetachedBody in core/types.ts. */
  body?: { bytes: Buffer; jsonBytes: number };
}

/** @throws when the answer cannot be told, or is too large */
export function encodeAnswer(answer: unknown, mayDetach: boolean): EncodedAnswer {
  const encoded = tell(answer, mayDetach);
  checkSize(encoded.json.length + (encoded.body?.jsonBytes ?? 0));
  return encoded;
}

function tell(answer: unknown, mayDetach: boolean): EncodedAnswer {
  try {
    return (mayDetach && isHttpAnswer(answer) && withDetachedBody(answer)) || { json: jsonOf(answer) };
  } catch (cause) {
    throw new Error('Unable to stringify response body', { cause });
  }
}

function jsonOf(answer: unknown): Buffer {
  // Undefined, too, comes out of JSON.stringify for a function or a symbol, which the types do not know.
  const text: string | undefined = JSON.stringify(answer);
  return Buffer.from(text ?? 'null');
}

interface HttpAnswer {
  body: string;
  isBase64Encoded?: boolean;
}

/** A plain object with a status and a large body, in which nothing changes what JSON makes of it. */
function isHttpAnswer(answer: unknown): answer is HttpAnswer {
  if (typeof answer !== 'object' || answer === null) return false;
  if (Object.getPrototypeOf(answer) !== Object.prototype) return false;
  const { statusCode, body, isBase64Encoded, toJSON } = answer as Record<string, unknown>;
  return (
    typeof body === 'string' &&
    body.length >= DETACHED_FROM_BYTES &&
    (typeof statusCode === 'number' || typeof statusCode === 'string') &&
    (isBase64Encoded === undefined || typeof isBase64Encoded === 'boolean') &&
    toJSON === undefined
  );
}

/** Undefined where bytes would not tell what the text was: half a surrogate pair, base64 that is none. */
function withDetachedBody(answer: HttpAnswer): EncodedAnswer | undefined {
  const { body, isBase64Encoded = false } = answer;
  const bytes = isBase64Encoded ? bytesOfBase64(body) : body.isWellFormed() ? Buffer.from(body) : undefined;
  if (!bytes) return undefined;
  const jsonBytes = bytesInJson([bytes], isBase64Encoded);
  return { json: jsonOf({ ...answer, body: '' }), body: { bytes, jsonBytes } };
}

/** Without its padding, the bytes would not tell how long it was. */
const bytesOfBase64 = (text: string): Buffer | undefined =>
  text.length % 4 === 0 ? decodeBase64(text) : undefined;
