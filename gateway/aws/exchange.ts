/**
 * One HTTP request as an Exchange. node:http and no framework in between: keys must reach us as sent (URL
 * parsers resolve `a/../b`), and `100 Continue` must wait until we know that the upload is welcome.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from './errors.ts';
import type { AwsReply, AwsRequest, ByteSource, Exchange } from './request.ts';

/** After an early answer, so much of the rest of the upload is read to keep the connection. */
const MAX_DRAIN_BYTES = 1024 * 1024;

export interface ExchangeOptions {
  request: AwsRequest;
  incoming: IncomingMessage;
  response: ServerResponse;
  /** The client waits for `100 Continue` before it sends the body. */
  expectsContinue: boolean;
}

export function createExchange({ request, incoming, response, expectsContinue }: ExchangeOptions): Exchange {
  let continued = !expectsContinue;
  let count: ((bytes: number) => void) | undefined;
  return {
    request,
    onBytes(listener) {
      count = listener;
    },
    body() {
      if (!continued) {
        continued = true;
        response.writeContinue();
      }
      return count ? counted(chunksOf(incoming), count) : chunksOf(incoming);
    },
    async send(reply) {
      if (incoming.socket.destroyed) {
        if (isSource(reply.body)) await reply.body.close();
        return;
      }
      count?.(sizeOf(reply));
      response.writeHead(reply.status, reply.headers);
      try {
        await sendBody(reply, incoming, response, continued);
      } catch {
        // The client left, or a file could not be read after the header was sent: either way the answer is
        // cut short, which is how the client learns of it.
        response.destroy();
      }
    },
  };
}

async function sendBody(
  { body }: AwsReply,
  incoming: IncomingMessage,
  response: ServerResponse,
  continued: boolean,
): Promise<void> {
  if (isSource(body)) return sendSource(body, response);
  if (incoming.complete || !hasBody(incoming)) return ended(response, body);
  if (body === undefined) response.flushHeaders();
  else response.write(body);
  // The answer is on its way, complete by its length. Closing now would reset the connection under it, so
  // the client gets to send a little more; one that was never told to continue may send nothing at all.
  const drained = continued && (await drain(incoming));
  await ended(response);
  if (!drained) response.req.socket.destroySoon();
}

async function sendSource(source: ByteSource, response: ServerResponse): Promise<void> {
  let waiting: PromiseWithResolvers<void> | undefined;
  // What waits behind another answer on the connection is dropped with it, and nobody tells.
  response.once('close', () => waiting?.reject(new Error('the client is gone')));
  const write = (chunk: Uint8Array): Promise<void> => {
    const { promise, resolve, reject } = (waiting = Promise.withResolvers<void>());
    response.write(chunk, (error) => (error ? reject(error) : resolve()));
    return promise;
  };
  try {
    await source.sendTo(write);
  } finally {
    await source.close();
  }
  await ended(response);
}

/** A reader that gives up must not destroy the socket: the refusal still has to be sent through it. */
async function* chunksOf(incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  try {
    yield* incoming.iterator({ destroyOnReturn: false });
  } catch {
    throw new AwsError('IncompleteBody', 'The connection was closed before the request body was complete.');
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    count(chunk.length);
    yield chunk;
  }
}

const sizeOf = ({ body, headers }: AwsReply): number =>
  isSource(body) ? Number(headers?.['content-length'] ?? 0) : Buffer.byteLength(body ?? '');

const isSource = (body: AwsReply['body']): body is ByteSource =>
  typeof body === 'object' && !(body instanceof Uint8Array);

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function ended(response: ServerResponse, body?: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.end(body, () => resolve());
  });
}

/** Reads and forgets; false when there was more than a connection is worth. */
async function drain(incoming: IncomingMessage): Promise<boolean> {
  if (incoming.readableEnded || incoming.complete) return true;
  let bytes = 0;
  return new Promise((resolve) => {
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_DRAIN_BYTES) resolve(false);
    });
    incoming.once('end', () => resolve(true));
    incoming.once('error', () => resolve(false));
    incoming.once('close', () => resolve(false));
    incoming.resume();
  });
}
