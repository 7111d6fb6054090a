/**
 * JSON.parse that loses no digit: a number that a double cannot hold (12345678901234567890, or the seventeenth
 * decimal of a sum of money) stays the text it was and is written back as it came.
 */
export function parseExact(text: string): unknown {
  return JSON.parse(text, keepDigits);
}

interface RawJson {
  rawJSON: string;
}

/** A number as `parseExact` gives it: `exactDigits` has its digits. */
export type ExactNumber = number | RawJson;

/** https://tc39.es/proposal-json-parse-with-source/, in Node since 21; TypeScript's library does not know it yet. */
const json = JSON as typeof JSON & {
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
};

function keepDigits(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return String(value) === context.source ? value : json.rawJSON(context.source);
}

/** The digits of a number that `parseExact` gave. */
export const exactDigits = (value: unknown): string =>
  json.isRawJSON(value) ? value.rawJSON : String(value);
