/**
 * Large bodies travel beside the JSON text of their event or answer (see `DetachedBody`): escaping, scanning and copying
 * megabytes of text is what such a call would spend its time on.
 */
import { base64Length } from './base64.ts';
import { totalBytes } from './chunks.ts';
import type { DetachedBody, InvokeRequest } from './types.ts';

/** The body of an event or answer is detached from this size on; below, one text is as quick. */
export const DETACHED_FROM_BYTES = 32 * 1024;

type Event = Pick<InvokeRequest, 'payload' | 'body'>;

/** How long the JSON text of an event or answer is, its body included. */
export const wholeBytes = ({ payload, body }: { payload: Uint8Array | null; body?: DetachedBody }): number =>
  (payload?.byteLength ?? 0) + (body?.jsonBytes ?? 0);

/** The JSON text of an HTTP event with its body in it, for who wants it whole; the gateway writes the body near the end. */
export function wholeEvent({ payload, body }: Event): Uint8Array {
  if (!body) return payload;
  const json = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const at = json.lastIndexOf('"body":""') + '"body":'.length;
  const isBase64Encoded = json.includes('"isBase64Encoded":true', at);
  const text = JSON.stringify(bodyText(Buffer.concat(body.chunks), isBase64Encoded));
  return Buffer.concat([json.subarray(0, at), Buffer.from(text), json.subarray(at + '""'.length)]);
}

/** The member `body` that stands for these bytes. */
export const bodyText = (bytes: Buffer, isBase64Encoded: boolean): string =>
  bytes.toString(isBase64Encoded ? 'base64' : 'utf8');

/** What `bytes` add to a JSON text as its member `body`, beyond an empty one. Text must be valid UTF-8. */
export function bytesInJson(bytes: readonly Uint8Array[], isBase64Encoded: boolean): number {
  const length = totalBytes(bytes);
  if (isBase64Encoded) return base64Length(length);
  return bytes.reduce((sum, chunk) => sum + escapesIn(chunk), length);
}

/** How many bytes JSON.stringify adds for each: `\n` and its like are two, other control characters `\u001f`. */
const ADDED = new Uint8Array(256);
ADDED.fill(5, 0x00, 0x20);
for (const character of '"\\\b\t\n\f\r') ADDED[character.charCodeAt(0)] = 1;

/** The same for two at once, which takes half the time; made when first needed. */
let addedByTwo: Uint8Array | undefined;

function escapesIn(text: Uint8Array): number {
  const start = text.byteOffset % 2; // numbers of 16 bits lie at even places
  if (text.length <= start) return oneByOne(text);
  const two = (addedByTwo ??= Uint8Array.from(
    { length: 65_536 },
    (_, both) => (ADDED[both >> 8] ?? 0) + (ADDED[both & 255] ?? 0),
  ));
  const pairs = new Uint16Array(text.buffer, text.byteOffset + start, (text.length - start) >> 1);
  let added = 0;
  // Not for-of, which takes three times as long, and there may be millions.
  for (let index = 0; index < pairs.length; index += 1) added += two[pairs[index] ?? 0] ?? 0;
  return added + oneByOne(text.subarray(0, start)) + oneByOne(text.subarray(start + pairs.length * 2));
}

const oneByOne = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum + (ADDED[byte] ?? 0), 0);
