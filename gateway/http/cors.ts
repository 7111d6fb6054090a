/**
 * Cross-origin settings of a trigger: pure. As on API Gateway, the gateway answers preflight requests by
 * itself, and on other answers its headers replace those of the function.
 */
import type { CorsSettings } from '../../runtime/core/types.ts';

/** The Access-Control headers of a preflight's answer; only `vary` when the origin is not allowed. */
export function preflightHeaders(
  cors: CorsSettings,
  origin: string,
  requestedHeaders: string | undefined,
): string[] {
  const headers = originHeaders(cors, origin);
  if (headers.length === 0) return ['vary', 'origin'];
  headers.push(
    'access-control-allow-methods',
    cors.allowMethods.includes('*') ? ALL_METHODS : cors.allowMethods.join(','),
  );
  // `*` means itself only without credentials, so that the names asked for are repeated instead.
  const allowed = cors.allowHeaders.includes('*') ? (requestedHeaders ?? '') : cors.allowHeaders.join(',');
  if (allowed !== '') headers.push('access-control-allow-headers', allowed);
  if (cors.maxAgeSeconds > 0) headers.push('access-control-max-age', String(cors.maxAgeSeconds));
  return headers;
}

const ALL_METHODS = 'GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS';

/** `headers` (names and values in turn) with the settings' own Access-Control headers. */
export function withCors(headers: string[], cors: CorsSettings, origin: string | undefined): string[] {
  const kept: string[] = [];
  let vary = 'origin';
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    if (name === 'vary') vary = varyWithOrigin(value);
    else if (!name.startsWith('access-control-')) kept.push(name, value);
  }
  const added = origin === undefined ? [] : originHeaders(cors, origin, vary);
  if (added.length === 0) return [...kept, 'vary', vary];
  if (cors.exposeHeaders.length > 0)
    added.push('access-control-expose-headers', cors.exposeHeaders.join(','));
  return [...kept, ...added];
}

function originHeaders(cors: CorsSettings, origin: string, vary = 'origin'): string[] {
  if (!allowsOrigin(cors, origin)) return [];
  const anyone = cors.allowOrigins.includes('*') && !cors.allowCredentials;
  return [
    'access-control-allow-origin',
    anyone ? '*' : origin,
    ...(cors.allowCredentials ? ['access-control-allow-credentials', 'true'] : []),
    'vary',
    vary,
  ];
}

/** `*`, an origin, or a scheme with a star (`https://*`), as API Gateway has them. */
const allowsOrigin = ({ allowOrigins }: CorsSettings, origin: string): boolean =>
  allowOrigins.some((allowed) =>
    allowed.endsWith('*')
      ? origin.startsWith(allowed.slice(0, -1))
      : allowed.toLowerCase() === origin.toLowerCase(),
  );

const varyWithOrigin = (vary: string): string =>
  vary === '*' || /(^|,)\s*origin\s*(,|$)/i.test(vary) ? vary : `${vary}, origin`;
