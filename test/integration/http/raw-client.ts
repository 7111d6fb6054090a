/** HTTP/1.1 byte by byte: what fetch would put right, or hide, can be sent and seen. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawResponse {
  status: number;
  headers: Record<string, string>;
  /** Every header line, in order and as sent. */
  lines: string[];
  body: string;
}

export class RawClient {
  readonly socket: Socket;
  /** True once the server has closed its side. */
  ended = false;
  /** An error of the connection: ECONNRESET when the server cut it. */
  error: Error | undefined;
  #received = Buffer.alloc(0);
  #change = Promise.withResolvers<void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#changed();
    });
    socket.on('end', () => {
      this.ended = true;
      this.#changed();
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('close', () => this.#changed());
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Lines of the head, then the body; `Host` is added unless one is given. */
  send(lines: string[], body: string | Uint8Array = ''): this {
    const host = lines.some((line) => /^host:/i.test(line)) ? [] : ['Host: localhost'];
    this.socket.write(`${[...lines, ...host].join('\r\n')}\r\n\r\n`);
    if (body.length > 0) this.socket.write(body);
    return this;
  }

  /** The next response with a Content-Length (or without a body). */
  async response(method = 'GET'): Promise<RawResponse> {
    const end = await this.#until(() => indexAfter(this.#received, '\r\n\r\n'));
    const [first = '', ...lines] = this.#received.subarray(0, end).toString('latin1').trimEnd().split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const status = Number(first.split(' ')[1]);
    const bodiless = method === 'HEAD' || status === 204 || status === 304 || status < 200;
    const total = end + (bodiless ? 0 : Number(headers['content-length'] ?? 0));
    await this.#until(() => (this.#received.length >= total ? total : -1));
    const body = this.#received.subarray(end, total).toString('utf8');
    this.#received = this.#received.subarray(total);
    return { status, headers, lines, body };
  }

  async closed(): Promise<void> {
    while (!this.ended && !this.socket.destroyed) await this.#change.promise;
  }

  close(): void {
    this.socket.destroy();
  }

  /** Waits until `find` gives an index from 0 up. */
  async #until(find: () => number): Promise<number> {
    for (;;) {
      const index = find();
      if (index >= 0) return index;
      if (this.ended || this.socket.destroyed) {
        throw new Error(`the connection ended after ${JSON.stringify(this.#received.toString('latin1'))}`, {
          cause: this.error,
        });
      }
      await this.#change.promise;
    }
  }
}

const indexAfter = (buffer: Buffer, text: string): number => {
  const index = buffer.indexOf(text);
  return index < 0 ? -1 : index + text.length;
};
