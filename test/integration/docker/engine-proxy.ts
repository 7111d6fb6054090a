/** Stands between a driver and the engine, to be cut off and put back: an engine that goes away and comes back. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Endpoint } from '../../../runtime/sandbox/docker/endpoint.ts';

export class EngineProxy {
  /** For `docker.host`. */
  readonly host: string;
  readonly #target: Endpoint;
  readonly #path: string | undefined;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server;

  private constructor(target: Endpoint, server: Server, path: string | undefined) {
    this.#target = target;
    this.#server = server;
    this.#path = path;
    this.#port = path === undefined ? (server.address() as AddressInfo).port : 0;
    this.host = path === undefined ? `tcp://127.0.0.1:${this.#port}` : `unix://${path}`;
    server.on('connection', (socket) => this.#pass(socket));
  }

  /** Listens on a unix socket, or on a TCP port when no path is given. */
  static async open(target: Endpoint, path?: string): Promise<EngineProxy> {
    const server = createServer().listen(path ?? { host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return new EngineProxy(target, server, path);
  }

  /** Drops every connection and refuses new ones. */
  async cut(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    if (this.#path !== undefined) await rm(this.#path, { force: true });
  }

  async restore(): Promise<void> {
    this.#server = createServer((socket) => this.#pass(socket));
    this.#server.listen(this.#path ?? { host: '127.0.0.1', port: this.#port });
    await once(this.#server, 'listening');
  }

  #pass(socket: Socket): void {
    const { kind } = this.#target;
    const engine = connect(
      kind === 'socket' ? { path: this.#target.path } : { host: this.#target.host, port: this.#target.port },
    );
    for (const [one, other] of [
      [socket, engine],
      [engine, socket],
    ] as const) {
      this.#sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
