import { writeSync } from 'node:fs';
import { createConnection, Socket, type OnReadOpts } from 'node:net';
import { release } from '../../core/release.ts';
import { FrameReader } from '../channel/frame-reader.ts';
import { encodeFrame } from '../channel/frames.ts';
import type { HostMessage, SandboxMessage } from '../channel/messages.ts';

/** The sandbox's end of the framed wire. */
export interface Connection {
  /**
   * The bytes have left this process when it returns, so that nothing is lost however the process ends. Nobody else may use
   * `rest`, whose memory is given back.
   */
  send(message: SandboxMessage, payload?: Uint8Array, rest?: readonly Uint8Array[]): void;
  /** Lets the process end, or `beforeExit` come, although the connection is open. */
  unref(): void;
  ref(): void;
}

export interface ConnectionEvents {
  onOpen: (connection: Connection) => void;
  /** The payload is valid until it returns. */
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
  const onread = readingFrames(events);
  if (kind === 'fd') return open(new Socket({ fd: Number(rest), onread }), Number(rest), undefined, events);
  const [where, nonce] = split(rest, '#');
  const colon = where.lastIndexOf(':');
  const socket =
    kind === 'unix'
      ? createConnection({ path: where, onread })
      : createConnection({
          host: where.slice(0, colon),
          port: Number(where.slice(colon + 1)),
          noDelay: true,
          onread,
        });
  socket.once('error', events.onGone);
  socket.once('connect', () => open(socket, descriptorOf(socket), nonce || undefined, events));
}

/** The socket reads where the reader says, without a stream in between: half the time of a small message. */
function readingFrames({ onMessage }: ConnectionEvents): OnReadOpts {
  const reader = new FrameReader();
  return {
    buffer: () => reader.room(),
    callback(count) {
      // The runtime is trusted: what it sends has the type it says.
      for (const { header, payload } of reader.received(count)) onMessage(header as HostMessage, payload);
      return true;
    },
  };
}

function open(
  socket: Socket,
  descriptor: number | undefined,
  nonce: string | undefined,
  events: ConnectionEvents,
): void {
  const isSynchronous = descriptor !== undefined && process.platform !== 'win32';
  const write = isSynchronous ? writerTo(descriptor, socket) : (chunk: Uint8Array) => socket.write(chunk);
  const sendFrame = (header: unknown, payload?: Uint8Array, rest?: readonly Uint8Array[]): void => {
    try {
      for (const chunk of encodeFrame(header, payload, rest)) write(chunk);
      if (rest && isSynchronous) release(rest);
    } catch (error) {
      if (isSystemError(error)) events.onGone();
      else throw error;
    }
  };
  socket.on('error', events.onGone);
  socket.on('close', events.onGone);
  if (nonce) sendFrame({ type: 'hello', nonce });
  events.onOpen({ send: sendFrame, ref: () => void socket.ref(), unref: () => void socket.unref() });
}

/** What Node offers no public way to: a socket's descriptor, and whether a full one keeps its writer waiting. */
interface Handle {
  fd?: number;
  setBlocking?(blocking: boolean): number;
}

const handleOf = (socket: Socket): Handle | null | undefined =>
  (socket as unknown as { _handle?: Handle | null })._handle;

/** Where there is none (Windows), writing is asynchronous. */
function descriptorOf(socket: Socket): number | undefined {
  const fd = handleOf(socket)?.fd;
  return fd !== undefined && fd >= 0 ? fd : undefined;
}

function writerTo(fd: number, reading: Socket): (chunk: Uint8Array) => void {
  return (chunk) => {
    const written = writeSome(fd, chunk, 0);
    if (written < chunk.length) waitingToWrite(reading, () => writeAll(fd, chunk, written));
  };
}

/**
 * What a full socket cannot take at once is written by calls that wait in the kernel, which wakes them when there is
 * much room again: half the system calls of trying again and again, and no time is lost.
 */
function waitingToWrite(socket: Socket, write: () => void): void {
  const handle = handleOf(socket);
  handle?.setBlocking?.(true);
  try {
    write();
  } finally {
    handle?.setBlocking?.(false);
  }
}

const nap = new Int32Array(new SharedArrayBuffer(4));

/** Naps are for a socket that could not be made to wait. */
function writeAll(fd: number, chunk: Uint8Array, from: number): void {
  let napMs = 0.05;
  for (let offset = from; offset < chunk.length;) {
    const written = writeSome(fd, chunk, offset);
    offset += written;
    napMs = written > 0 ? 0.05 : Math.min(napMs * 2, 5);
    if (written === 0) Atomics.wait(nap, 0, 0, napMs);
  }
}

/** How many bytes the socket took; 0 when it is full. */
function writeSome(fd: number, chunk: Uint8Array, offset: number): number {
  try {
    return writeSync(fd, chunk, offset);
  } catch (error) {
    if (isSystemError(error) && error.code === 'EAGAIN') return 0;
    throw error;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}
