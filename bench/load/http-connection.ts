/**
 * An HTTP/1.1 client connection that costs next to nothing, so that what is measured is the server: one request at a
 * time, bytes to a socket and bytes from it. Understands what servers answer (lengths and chunks), not all of HTTP.
 */
import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  /** From the first byte sent to the last byte received. */
  ms: number;
  /** As received, without the status line. */
  head: string;
  /** Of a large one, whose length is known, only the beginning: the rest is counted. */
  body: Buffer;
}

export interface RequestOptions {
  method?: string;
  path: string;
  body?: Uint8Array;
}

interface Pending {
  startedAt: number;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/** To put 16 MB together takes longer than to send them. */
const KEPT_BYTES = 64 * 1024;

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

export class HttpConnection {
  readonly #socket: Socket;
  readonly #host: string;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  /** Bytes without which looking again would be a waste of time. */
  #neededBytes = 0;
  /** Of a large body, of which the answer is known already. */
  #counted: { answer: Omit<Answer, 'ms'>; left: number } | undefined;
  #pending: Pending | undefined;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  static open(url: string): Promise<HttpConnection> {
    const { hostname, port, host } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new HttpConnection(socket, host));
      });
    });
  }

  /** The bytes of a request, made once and sent many times. */
  prepare({ method = 'GET', path, body }: RequestOptions): Buffer {
    const length = body ? `content-type: application/octet-stream\r\ncontent-length: ${body.length}\r\n` : '';
    const head = Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n${length}\r\n`);
    return body ? Buffer.concat([head, body]) : head;
  }

  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#pending) throw new Error('one request at a time');
      if (this.#socket.destroyed) throw new Error('the connection was closed');
      this.#pending = { startedAt: performance.now(), resolve, reject };
      this.#neededBytes = 0;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#counted) return this.#count(this.#counted, chunk.length);
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes < this.#neededBytes) return;
    const received = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    this.#received = [received];
    const parsed = parse(received);
    if ('needs' in parsed) {
      this.#neededBytes = parsed.needs;
      return;
    }
    this.#received = [];
    this.#receivedBytes = 0;
    const { left, ...answer } = parsed;
    if (left === 0) this.#answer(answer);
    else this.#counted = { answer, left };
  }

  #count(counted: { answer: Omit<Answer, 'ms'>; left: number }, bytes: number): void {
    counted.left -= bytes;
    if (counted.left > 0) return;
    this.#counted = undefined;
    this.#answer(counted.answer);
  }

  #answer(answer: Omit<Answer, 'ms'>): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve({ ...answer, ms: performance.now() - pending.startedAt });
  }

  #fail(error: Error): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.reject(error);
  }
}

type Parsed = { needs: number } | (Omit<Answer, 'ms'> & { left: number });

/** An answer and how many bytes of it are left to come, or how many bytes there must be before it can be one. */
function parse(received: Buffer): Parsed {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return { needs: received.length + 1 };
  const text = received.toString('latin1', 0, headEnd);
  const status = Number(text.slice(9, 12));
  const head = text.slice(text.indexOf('\r\n') + 2);
  const bodyStart = headEnd + HEAD_END.length;
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) {
    const end = bodyStart + Number(length);
    const left = Math.max(0, end - received.length);
    if (left > 0 && Number(length) <= KEPT_BYTES) return { needs: end };
    return { status, head, body: received.subarray(bodyStart, end), left };
  }
  if (/^transfer-encoding: *chunked/im.test(head)) {
    const body = dechunk(received, bodyStart);
    return body ? { status, head, body, left: 0 } : { needs: received.length + 1 };
  }
  return { status, head, body: Buffer.alloc(0), left: 0 };
}

/** The content of a chunked body, or undefined while its last chunk has not come. */
function dechunk(received: Buffer, start: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = start; ;) {
    const lineEnd = received.indexOf(LINE_END, at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(received.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + LINE_END.length + size;
    if (received.length < end + LINE_END.length) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(received.subarray(lineEnd + LINE_END.length, end));
    at = end + LINE_END.length;
  }
}

/** The value of a header of an answer. */
export function headerOf({ head }: Pick<Answer, 'head'>, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(head)?.[1];
}
