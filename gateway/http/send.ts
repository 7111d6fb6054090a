/** Writing answers, also to clients that are still busy sending what nobody will read. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { totalBytes } from '../../runtime/core/chunks.ts';
import { release } from '../../runtime/core/release.ts';
import type { Answer } from './answer.ts';
import type { BodyClaim } from './body.ts';

/** A client that takes no byte of its answer for this long has lost it. */
const STALLED_MS = 60_000;

/** Up to here copying a body behind its head costs less than a second buffer in the system call. */
const COPIED_BYTES = 16 * 1024;

export function send(outgoing: ServerResponse, answer: Answer): void {
  const { status, body, rest } = answer;
  outgoing.writeHead(status, withLength(answer));
  // As latin1 text, which is byte for byte the same, it leaves in one piece with its head.
  if (rest) writePieces(outgoing, body, rest);
  else if (body.byteLength <= COPIED_BYTES) outgoing.end(latin1(body), 'latin1');
  else outgoing.end(body);
  if (outgoing.writableLength > 0) outgoing.setTimeout(STALLED_MS, () => outgoing.destroy());
}

/** In one system call, as far as the socket takes them. */
function writePieces(outgoing: ServerResponse, first: Uint8Array, rest: readonly Uint8Array[]): void {
  outgoing.cork();
  outgoing.write(first);
  for (const piece of rest) outgoing.write(piece);
  outgoing.once('finish', () => release(rest));
  outgoing.end();
}

const latin1 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1');

/** A refused body up to this size is read to its end, so that the connection can be used again. */
const DRAIN_BYTES = 64 * 1024;
/** What a larger one may still send before its connection is cut. */
const LINGER_BYTES = 64 * 1024 * 1024;
const LINGER_MS = 5000;

/** Answers a request whose body, if it has one, was not or not wholly read. */
export function sendEarly(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: Answer,
  claim: BodyClaim,
): void {
  // Node reads away what is left of a body when its answer is finished.
  if (claim.bytes <= DRAIN_BYTES) return send(outgoing, answer);
  const { status, body } = answer;
  outgoing.writeHead(status, [...withLength(answer), 'connection', 'close']);
  if (claim.held) return void outgoing.end(body);
  outgoing.write(body);
  linger(incoming, () => outgoing.end());
}

/**
 * Closing while the client still sends resets the connection, and the reset can destroy the answer before the
 * client has read it. So what still comes is thrown away, for a while, before the end.
 */
function linger(incoming: IncomingMessage, done: () => void): void {
  let left = LINGER_BYTES;
  const timer = setTimeout(done, LINGER_MS);
  incoming.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) done();
  });
  incoming.once('close', () => {
    clearTimeout(timer);
    done();
  });
  incoming.resume();
}

/** No length where there is no content by definition (RFC 9110 8.6). */
function withLength({ status, headers, body, rest = [] }: Answer): string[] {
  if (status === 204 || status === 304) return headers;
  return [...headers, 'content-length', String(body.byteLength + totalBytes(rest))];
}
