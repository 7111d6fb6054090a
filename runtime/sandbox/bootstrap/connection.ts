import { writeSync } from 'node:fs';
import { createConnection, Socket } from 'node:net';
import { encodeFrame, FrameDecoder } from '../channel/frames.ts';
import type { HostMessage, SandboxMessage } from '../channel/messages.ts';

/** The sandbox's end of the framed wire. */
export interface Connection {
  /** The bytes have left this process when it returns, so that nothing is lost however the process ends. */
  send(message: SandboxMessage, payload?: Uint8Array): void;
  /** Lets the process end, or `beforeExit` come, although the connection is open. */
  unref(): void;
  ref(): void;
}

export interface ConnectionEvents {
  onOpen: (connection: Connection) => void;
  onMessage: (message: HostMessage, payload: Buffer) => void;
  /** The runtime is gone, or speaks gibberish. */
  onGone: () => void;
}

/**
 * Opens the channel at `fd:3` (inherited), `unix:/path` or `tcp:host:port#nonce`.
 *
 * Reading goes through the event loop. Writing does not: frames are written synchronously, because a function
 * may call process.exit, crash or block right after it logged, and because a sandbox that waits for a slow reader
 * is back-pressure, whereas one that queues is a leak.
 */
export function connect(address: string, events: ConnectionEvents): void {
  const [kind, rest] = split(address, ':');
  if (kind === 'fd') return open(new Socket({ fd: Number(rest) }), Number(rest), undefined, events);
  const [where, nonce] = split(rest, '#');
  const colon = where.lastIndexOf(':');
  const socket =
    kind === 'unix'
      ? createConnection(where)
      : createConnection({
          host: where.slice(0, colon),
          port: Number(where.slice(colon + 1)),
          noDelay: true,
        });
  socket.once('error', events.onGone);
  socket.once('connect', () => open(socket, descriptorOf(socket), nonce || undefined, events));
}

function open(
  socket: Socket,
  descriptor: number | undefined,
  nonce: string | undefined,
  events: ConnectionEvents,
): void {
  const write = descriptor === undefined ? (chunk: Uint8Array) => socket.write(chunk) : writerTo(descriptor);
  const sendFrame = (header: unknown, payload?: Uint8Array): void => {
    try {
      for (const chunk of encodeFrame(header, payload)) write(chunk);
    } catch (error) {
      if (isSystemError(error)) events.onGone();
      else throw error;
    }
  };
  const decoder = new FrameDecoder();
  socket.on('error', events.onGone);
  socket.on('close', events.onGone);
  socket.on('data', (chunk: Buffer) => {
    // The runtime is trusted: what it sends has the type it says.
    for (const { header, payload } of decoder.push(chunk)) events.onMessage(header as HostMessage, payload);
  });
  if (nonce) sendFrame({ type: 'hello', nonce });
  events.onOpen({ send: sendFrame, ref: () => void socket.ref(), unref: () => void socket.unref() });
}

/** Node offers no public way to a socket's descriptor; where there is none (Windows), writing is asynchronous. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle } = socket as unknown as { _handle?: { fd?: number } | null };
  const fd = _handle?.fd;
  return fd !== undefined && fd >= 0 ? fd : undefined;
}

function writerTo(fd: number): (chunk: Uint8Array) => void {
  if (process.platform === 'win32') {
    const socket = new Socket({ fd });
    return (chunk) => void socket.write(chunk);
  }
  const nap = new Int32Array(new SharedArrayBuffer(4));
  return (chunk) => {
    let napMs = 0.05;
    for (let offset = 0; offset < chunk.length;) {
      try {
        offset += writeSync(fd, chunk, offset);
        napMs = 0.05;
      } catch (error) {
        if (!isSystemError(error) || error.code !== 'EAGAIN') throw error;
        // The socket's buffer is full: leave the CPU to the reader for a moment.
        Atomics.wait(nap, 0, 0, napMs);
        napMs = Math.min(napMs * 2, 5);
      }
    }
  };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}
