/** Binding a port and letting go of it, the same way for every gateway. */
import type { Server } from 'node:http';
import { FaasError } from '../runtime/core/errors.ts';
import { isWildcardAddress } from './guard.ts';

export interface Closing {
  /** How long running requests may take to finish, in milliseconds; default 10 s. */
  drainMs?: number;
}

export interface Listening {
  /** Where a client on this machine reaches it: `http://127.0.0.1:4000`. */
  url: string;
  port: number;
  /**
   * Stops accepting, lets running requests finish, then closes every connection. Idempotent; a later call
   * may shorten the wait.
   */
  close(closing?: Closing): Promise<void>;
}

export interface ListenOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** What the port is for, in error messages: `HTTP triggers`. */
  purpose: string;
  /** The flag that moves it: `--port`. */
  flag: string;
  scheme?: 'http' | 'https';
}

/** How long running requests may take to finish when nothing else is said. */
export const DEFAULT_DRAIN_MS = 10_000;

/** Binds `server`; rejects with PortInUse or AddressUnavailable. */
export async function listen(server: Server, options: ListenOptions): Promise<Listening> {
  const port = await bind(server, options);
  return { url: urlOf(options.host, port, options.scheme), port, close: closer(server) };
}

/** The URL of a bound port; an address that means every interface is reached through loopback. */
export function urlOf(host: string, port: number, scheme: 'http' | 'https' = 'http'): string {
  const reachable = isWildcardAddress(host) ? '127.0.0.1' : host;
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function bind(server: Server, { host, port, purpose, flag }: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void =>
      reject(bindError(error, { host, port, purpose, flag }));
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

function bindError(error: NodeJS.ErrnoException, { host, port, purpose, flag }: ListenOptions): FaasError {
  if (error.code === 'EADDRINUSE') {
    return new FaasError('PortInUse', `port ${port} for ${purpose} is taken`, {
      expected: `a free port on ${host}`,
      got: `another program listens on ${host}:${port}`,
      remedy: `stop that program, or choose another port with ${flag} (${flag} 0 takes any free one)`,
      cause: error,
    });
  }
  const got = error.code === 'EACCES' ? `no permission for port ${port}` : (error.code ?? error.message);
  return new FaasError('AddressUnavailable', `${host}:${port} for ${purpose} cannot be bound`, {
    expected: 'an address of this machine and a port this user may bind',
    got,
    remedy:
      error.code === 'EACCES'
        ? `choose a port above 1023 with ${flag}`
        : 'choose an address of this machine with --host',
    cause: error,
  });
}

/**
 * node:http closes idle keep-alive connections once, at close(); one that falls idle later would hold the
 * server for its whole keep-alive time. So each response that ends while closing sweeps again.
 */
function closer(server: Server): Listening['close'] {
  let closed: Promise<void> | undefined;
  server.on('request', (_request, response) => {
    if (closed) response.shouldKeepAlive = false;
    response.once('close', () => {
      if (closed) setImmediate(() => server.closeIdleConnections());
    });
  });
  return async ({ drainMs = DEFAULT_DRAIN_MS } = {}) => {
    closed ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    });
    const force = setTimeout(() => server.closeAllConnections(), drainMs);
    await closed;
    clearTimeout(force);
  };
}
