import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { joinedBytes } from '../../core/chunks.ts';
import { FaasError } from '../../core/errors.ts';
import type { DetachedBody } from '../../core/types.ts';
import type { Channel } from './channel.ts';
import { encodeFrame, FrameDecoder, splitAtEnd, type Frame } from './frames.ts';
import type { HostMessage, SandboxMessage } from './messages.ts';
import { parseSandboxMessage } from './parse-message.ts';

/** A unix socket, or a TCP port where the engine is in a virtual machine; there the nonce is the identity. */
export type FramedAddress = { path: string } | { host: string; port: number; nonce: string };

/** Written last, it tells when all before it has been. */
const NOTHING = new Uint8Array(0);

/**
 * The host's end of the framed wire.
 *
 * 1. The `ready` message is not passed on: it resolves `ready`, which rejects when the channel closes before.
 * 2. Messages that arrive before `onMessage` is set wait for it.
 * 3. A frame that is malformed closes the channel: nothing after it can be trusted. `failure` says why.
 */
export class FramedChannel implements Channel {
  readonly ready: Promise<void>;
  readonly closed: Promise<void>;
  failure: Error | undefined;
  #socket: Socket | undefined;
  #onMessage: Channel['onMessage'];
  #early: Received[] = [];
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();

  constructor() {
    this.ready = this.#ready.promise;
    this.closed = this.#closed.promise;
    this.ready.catch(() => undefined); // whoever awaits it learns of it; nobody has to
  }

  get onMessage(): Channel['onMessage'] {
    return this.#onMessage;
  }

  set onMessage(listener: Channel['onMessage']) {
    this.#onMessage = listener;
    if (!listener) return;
    for (const { message, payload, rest } of this.#early.splice(0)) listener(message, payload, rest);
  }

  /** Speaks over `socket` from now on; `first` are frames that were read from it already. */
  attach(socket: Socket, decoder = new FrameDecoder(), first: Frame[] = []): void {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(() => decoder.push(chunk)));
    // A reset is how a killed process hangs up; the exit tells the story.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end());
    this.#receive(() => first);
  }

  send(message: HostMessage, payload?: Uint8Array, body?: DetachedBody): void {
    const socket = this.#socket;
    if (!socket?.writable) return;
    const chunks = encodeFrame(message, payload, body?.chunks);
    if (chunks.length > 1) socket.cork();
    for (const chunk of chunks) socket.write(chunk);
    if (body) socket.write(NOTHING, (error) => void (body.isSent = !error));
    if (chunks.length > 1) socket.uncork();
  }

  close(): void {
    if (this.#socket) this.#socket.destroy();
    else this.#end();
  }

  #receive(read: () => Frame[]): void {
    if (this.failure) return;
    let received: Received[];
    try {
      received = read().map(parseFrame);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      return this.close();
    }
    for (const one of received) {
      if (one.message.type === 'ready') this.#ready.resolve();
      else if (this.#onMessage) this.#onMessage(one.message, one.payload, one.rest);
      else this.#early.push(one);
    }
  }

  #end(): void {
    this.#ready.reject(
      new FaasError('SandboxStartFailed', 'the sandbox hung up before it was ready', {
        expected: 'a ready message from inside',
        got: this.failure ? `a malformed message: ${this.failure.message}` : 'the end of the connection',
        cause: this.failure,
      }),
    );
    this.#closed.resolve();
  }
}

interface Received {
  message: SandboxMessage;
  payload: Buffer;
  rest?: Buffer[];
}

function parseFrame({ header, payload }: Frame): Received {
  const message = parseSandboxMessage(header);
  const body = message.type === 'result' ? message.body : undefined;
  return body ? { message, ...splitAtEnd(payload, body.bytes) } : { message, payload: joinedBytes(payload) };
}

export interface FramedListener {
  readonly channel: FramedChannel;
  /** The port that was chosen; null on a unix socket. */
  readonly port: number | null;
  /** Stops listening and closes the channel. Idempotent. */
  close(): void;
}

/**
 * Listens for one sandbox: the socket is its identity, so the first connection is the last (over TCP: the first
 * that knows the nonce). Port 0 means any free one; a unix socket's file is gone as soon as it was used.
 */
export async function listenFramed(address: FramedAddress): Promise<FramedListener> {
  const channel = new FramedChannel();
  const nonce = 'nonce' in address ? Buffer.from(address.nonce) : undefined;
  const server = createServer();
  const strangers = new Set<Socket>();
  const stop = (): void => {
    server.close();
    for (const socket of strangers) socket.destroy();
  };
  const accept = (socket: Socket, decoder?: FrameDecoder, frames?: Frame[]): void => {
    strangers.delete(socket);
    stop();
    channel.attach(socket, decoder, frames);
  };
  server.on('connection', (socket) => {
    if (!server.listening) return void socket.destroy();
    if (!nonce) return accept(socket);
    strangers.add(socket);
    socket.once('close', () => strangers.delete(socket));
    authenticate(socket, nonce, accept);
  });
  await listening(server, address);
  const bound = server.address();
  return {
    channel,
    port: typeof bound === 'object' && bound ? bound.port : null,
    close() {
      stop();
      channel.close();
    },
  };
}

function listening(server: Server, address: FramedAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new FaasError('SandboxStartFailed', `cannot listen for the sandbox: ${cause.message}`, { cause }),
      ),
    );
    const at = 'path' in address ? { path: address.path } : { host: address.host, port: address.port };
    server.listen({ ...at, backlog: 4 }, resolve);
  });
}

/** A stranger on the machine may connect to a TCP port too; only a first frame with the nonce is let in. */
function authenticate(
  socket: Socket,
  nonce: Buffer,
  accept: (socket: Socket, decoder: FrameDecoder, rest: Frame[]) => void,
): void {
  const decoder = new FrameDecoder();
  const refuse = (): void => void socket.destroy();
  socket.on('error', refuse);
  socket.setTimeout(10_000, refuse);
  socket.on('data', function first(chunk: Buffer) {
    try {
      const [hello, ...rest] = decoder.push(chunk);
      if (!hello) return;
      if (!knows(hello.header, nonce)) return refuse();
      socket.removeListener('data', first);
      socket.setTimeout(0);
      socket.setNoDelay(true);
      accept(socket, decoder, rest);
    } catch {
      refuse();
    }
  });
}

function knows(header: unknown, nonce: Buffer): boolean {
  if (typeof header !== 'object' || header === null || !('nonce' in header)) return false;
  const given = Buffer.from(String(header.nonce));
  return given.length === nonce.length && timingSafeEqual(given, nonce);
}
