/** Events without what must not be kept. Pure. */

export interface Redaction {
  /** Lower case; fields of these names in whatever case, but not within bodies. */
  headers: ReadonlySet<string>;
  /** Names of fields, wherever they are. */
  names: ReadonlySet<string>;
  /** Ways to single fields: `body.card.number`. */
  paths: ReadonlySet<string>;
  /** Patterns on the text, for events that need not be taken apart. */
  quick: QuickRedaction | undefined;
}

interface QuickRedaction {
  /** What makes it necessary to take an event apart: a field's name, or a body that cannot be looked into. */
  deep: RegExp;
  /** A field with the name of a header. */
  any: RegExp;
  /** One with a text as its value. */
  text: RegExp;
  /** `cookies`: a list of texts. */
  cookies: RegExp | undefined;
}

export const REDACTED = '[redacted]';

export function redactionOf(rules: { headers: readonly string[]; fields: readonly string[] }): Redaction {
  const headers = new Set(rules.headers.map((name) => name.toLowerCase()));
  const { fields } = rules;
  return {
    headers,
    names: new Set(fields.filter((field) => !field.includes('.'))),
    paths: new Set(fields.filter((field) => field.includes('.'))),
    quick: headers.size > 0 ? quickRedaction(headers, fields) : undefined,
  };
}

/** What a JSON text is, between its quotes. */
const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;

function quickRedaction(headers: ReadonlySet<string>, fields: readonly string[]): QuickRedaction {
  // Other names may be written in several ways, or are not what they look like in latin1.
  const hints = fields.map((field) => escaped(field.split('.').at(-1) ?? field));
  const isPlain = fields.every((field) => /^[\w .:@$-]+$/u.test(field));
  const deep = [String.raw`\\u`, ...(isPlain ? hints : ['']), ...(fields.length > 0 ? [BASE64_BODY] : [])];
  const alternatives = [...headers].map(escaped).join('|');
  const names = headers.has('cookie') ? `${alternatives}|cookies` : alternatives;
  return {
    deep: new RegExp(deep.join('|')),
    any: new RegExp(String.raw`"(?:${names})"\s*:(?!"\[redacted\]"|\[\])`, 'i'),
    text: new RegExp(String.raw`("(?:${alternatives})")\s*:\s*${TEXT}`, 'gi'),
    cookies: headers.has('cookie')
      ? new RegExp(String.raw`("cookies")\s*:\s*\[\s*(?:${TEXT}(?:\s*,\s*${TEXT})*)?\s*\]`, 'g')
      : undefined,
  };
}

const BASE64_BODY = String.raw`"isBase64Encoded"\s*:\s*true`;

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/gu, String.raw`\$&`);

/**
 * The event with the values of those headers and fields replaced, fields also within a body that is JSON. The event
 * itself where there is nothing to replace.
 */
export function redact(payload: Uint8Array, redaction: Redaction): Uint8Array {
  if (redaction.headers.size + redaction.names.size + redaction.paths.size === 0) return payload;
  return (redaction.quick && redactText(payload, redaction.quick)) ?? redactTree(payload, redaction);
}

/**
 * Headers are found in the text, which takes a fifth of the time of taking the event apart. Undefined where that does not
 * do: fields are to be left out and are there, a name may be written with escapes, a value may be no text.
 */
function redactText(
  payload: Uint8Array,
  { deep, any, text, cookies }: QuickRedaction,
): Uint8Array | undefined {
  // As latin1 no byte changes on its way there and back.
  const event = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('latin1');
  if (deep.test(event)) return undefined;
  if (!any.test(event)) return payload;
  const headless = event.replace(text, `$1:"${REDACTED}"`);
  const clean = cookies ? headless.replace(cookies, '$1:[]') : headless;
  return any.test(clean) ? undefined : Buffer.from(clean, 'latin1');
}

function redactTree(payload: Uint8Array, redaction: Redaction): Uint8Array {
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
  const { headers, names, paths } = redaction;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    const here = path === '' ? name : `${path}.${name}`;
    if (headers.has(name.toLowerCase()) || names.has(name) || paths.has(here)) return [name, REDACTED];
    if (name === 'cookies' && headers.has('cookie') && Array.isArray(inner)) return [name, []];
    if (name === 'body' && typeof inner === 'string') return [name, cleanedBody(value, inner, redaction)];
    return [name, cleaned(inner, redaction, here)];
  });
  return Object.fromEntries(entries);
}

/** HTTP bodies are text in the event, in base64 where they are not UTF-8 text. What is named there is no header. */
function cleanedBody(event: object, body: string, redaction: Redaction): string {
  if (redaction.names.size + redaction.paths.size === 0) return body;
  const isBase64 = 'isBase64Encoded' in event && event.isBase64Encoded === true;
  try {
    const text = isBase64 ? Buffer.from(body, 'base64').toString('utf8') : body;
    const clean = JSON.stringify(cleaned(JSON.parse(text), { ...redaction, headers: new Set() }, 'body'));
    return isBase64 ? Buffer.from(clean).toString('base64') : clean;
  } catch {
    return body;
  }
}
