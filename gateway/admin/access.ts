/** Who may use the administration: nobody from a web page of another origin, and nobody without the token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { FaasError } from '../../runtime/core/errors.ts';
import type { Guard } from '../guard.ts';
import { AdminRefusal } from './errors.ts';

export interface AdminEnv {
  Bindings: HttpBindings;
}

/** Refuses foreign Host and Origin headers, on every path. */
export const fromOurOwn =
  (guard: Guard): MiddlewareHandler<AdminEnv> =>
  async ({ env: { incoming } }, next) => {
    const { host, origin } = incoming.headers;
    if (!guard.allowsHost(host)) {
      throw new AdminRefusal(403, 'HostNotAllowed', 'the administration does not answer to that Host', {
        expected: 'a loopback name, the address it is bound to, or one of allowedHosts',
        got: host ?? 'no Host header',
        remedy: 'add the name to allowedHosts in faas.config.ts',
      });
    }
    if (!guard.allowsOrigin(origin, incoming.socket.localPort ?? 0)) {
      throw new AdminRefusal(
        403,
        'OriginNotAllowed',
        'pages of other origins may not use the administration',
        {
          expected: 'no Origin header, or the one of the administration itself',
          got: origin ?? '',
        },
      );
    }
    await next();
  };

/** Asks for `Authorization: Bearer <token>`. */
export function withToken(token: string): MiddlewareHandler<AdminEnv> {
  const expected = digest(token);
  return async ({ env: { incoming } }, next) => {
    const given = /^Bearer +(\S+)$/i.exec(incoming.headers.authorization ?? '')?.[1];
    if (given === undefined || !timingSafeEqual(digest(given), expected)) {
      throw new FaasError('Unauthorized', 'the administration token is missing or wrong', {
        expected: 'Authorization: Bearer TOKEN, with the token from runtime.json in the data directory',
        got: given === undefined ? 'no token' : 'another token',
        remedy:
          'use the faas command in the same project, or read runtime.json again: each start makes a new token',
      });
    }
    await next();
  };
}

/** Equal lengths, which timingSafeEqual needs, whatever was sent. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
