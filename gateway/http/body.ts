/** Reading a request body within its limits of size and patience. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export type BodyRead =
  | { kind: 'read'; body: ReceivedBody }
  | { kind: 'too-large' }
  /** Nothing came for `idleMs`. */
  | { kind: 'too-slow' }
  /** The client is gone. */
  | { kind: 'aborted' };

/** As it came, in pieces: joining megabytes would only be a copy more. */
export interface ReceivedBody {
  chunks: readonly Buffer[];
  bytes: number;
}

export interface BodyLimits {
  maxBytes: number;
  idleMs: number;
}

const NO_BODY: BodyRead = { kind: 'read', body: { chunks: [], bytes: 0 } };

/** What the head says about the body to come. */
export interface BodyClaim {
  /** 0 when there is none, Infinity when only its end will tell. */
  readonly bytes: number;
  /** The client keeps it back until it is told to go on (Expect: 100-continue). */
  held: boolean;
}

/** The parser has refused heads that contradict themselves. */
export function bodyClaim(headers: Record<string, string>): BodyClaim {
  const chunked = headers['transfer-encoding'] !== undefined;
  const bytes = chunked ? Number.POSITIVE_INFINITY : Number(headers['content-length'] ?? 0);
  return { bytes, held: bytes > 0 && headers['expect'] !== undefined };
}

/** Receives the body, or refuses it unread when its claim alone is too much. */
export async function receiveBody(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  claim: BodyClaim,
  limits: BodyLimits,
): Promise<BodyRead> {
  if (claim.bytes === 0) return NO_BODY;
  if (Number.isFinite(claim.bytes) && claim.bytes > limits.maxBytes) return { kind: 'too-large' };
  if (claim.held) {
    outgoing.writeContinue();
    claim.held = false;
  }
  return await readBody(incoming, limits);
}

/** Stops reading at the first byte too many; the rest is then the caller's to refuse. */
function readBody(incoming: IncomingMessage, { maxBytes, idleMs }: BodyLimits): Promise<BodyRead> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const idle = setTimeout(() => finish({ kind: 'too-slow' }), idleMs);
    const finish = (read: BodyRead): void => {
      clearTimeout(idle);
      incoming.off('data', onData).off('end', onEnd).off('close', onClose);
      incoming.pause();
      resolve(read);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > maxBytes) return finish({ kind: 'too-large' });
      idle.refresh();
      chunks.push(chunk);
    };
    const onEnd = (): void => finish({ kind: 'read', body: { chunks, bytes } });
    const onClose = (): void => finish({ kind: 'aborted' });
    incoming.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}
