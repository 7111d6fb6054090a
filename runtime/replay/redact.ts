/** Events without what must not be kept. Pure. */

export interface Redaction {
  /** Lower case. */
  headers: ReadonlySet<string>;
  /** Names of fields, wherever they are. */
  names: ReadonlySet<string>;
  /** Ways to single fields: `body.card.number`. */
  paths: ReadonlySet<string>;
}

export const REDACTED = '[redacted]';

export function redactionOf({
  headers,
  fields,
}: {
  headers: readonly string[];
  fields: readonly string[];
}): Redaction {
  return {
    headers: new Set(headers.map((name) => name.toLowerCase())),
    names: new Set(fields.filter((field) => !field.includes('.'))),
    paths: new Set(fields.filter((field) => field.includes('.'))),
  };
}

/**
 * The event with the values of those headers and fields replaced, also within a body that is JSON. The event itself
 * where there is nothing to replace.
 */
export function redact(payload: Uint8Array, redaction: Redaction): Uint8Array {
  if (redaction.headers.size + redaction.names.size + redaction.paths.size === 0) return payload;
  let event: unknown;
  try {
    event = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    // No function could read it either; nothing of it is kept.
    return Buffer.from('null');
  }
  return Buffer.from(JSON.stringify(cleaned(event, redaction, '')));
}

function cleaned(value: unknown, redaction: Redaction, path: string): unknown {
  if (Array.isArray(value)) return value.map((item) => cleaned(item, redaction, path));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    const here = path === '' ? name : `${path}.${name}`;
    if (redaction.names.has(name) || redaction.paths.has(here)) return [name, REDACTED];
    if (HEADER_FIELDS.has(name)) return [name, cleaned(withoutHeaders(inner, redaction), redaction, here)];
    if (name === 'cookies' && redaction.headers.has('cookie') && Array.isArray(inner)) return [name, []];
    if (name === 'body' && typeof inner === 'string')
      return [name, cleanedBody(value, inner, redaction, here)];
    return [name, cleaned(inner, redaction, here)];
  });
  return Object.fromEntries(entries);
}

const HEADER_FIELDS: ReadonlySet<string> = new Set(['headers', 'multiValueHeaders']);

function withoutHeaders(headers: unknown, redaction: Redaction): unknown {
  if (typeof headers !== 'object' || headers === null) return headers;
  const entries = Object.entries(headers).map(([name, value]): [string, unknown] => [
    name,
    redaction.headers.has(name.toLowerCase()) ? REDACTED : value,
  ]);
  return Object.fromEntries(entries);
}

/** HTTP bodies are text in the event, in base64 where they are not UTF-8 text. */
function cleanedBody(event: object, body: string, redaction: Redaction, path: string): string {
  if (redaction.names.size + redaction.paths.size === 0) return body;
  const isBase64 = 'isBase64Encoded' in event && event.isBase64Encoded === true;
  try {
    const text = isBase64 ? Buffer.from(body, 'base64').toString('utf8') : body;
    const clean = JSON.stringify(cleaned(JSON.parse(text), redaction, path));
    return isBase64 ? Buffer.from(clean).toString('base64') : clean;
  } catch {
    return body;
  }
}
