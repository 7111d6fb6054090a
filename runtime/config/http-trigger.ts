import { HTTP_METHODS } from '../core/types.ts';
import type { CorsSettings, HttpMethod, HttpTrigger } from '../core/types.ts';
import { closest } from './closest.ts';
import { mistake, parsed } from './parsed.ts';
import type { Parsed } from './parsed.ts';

export const HTTP_EXPECTED = "'METHOD /path', such as 'GET /users/:id', 'POST /users' or 'ANY /files/*'";

interface HttpTriggerParts {
  method?: string | undefined;
  path: string;
  cors?: CorsSettings | undefined;
}

/**
 * Reads `'GET /users/{id}'`, `'/users'` (any method) or `'$default'` (everything), or the same in parts, into the
 * one form the router knows. Reading that form again changes nothing.
 */
export function parseHttpTrigger(input: string | HttpTriggerParts): Parsed<HttpTrigger> {
  const parts = typeof input === 'string' ? splitRoute(input) : input;
  if (!parts) return mistake(HTTP_EXPECTED);
  const method = parseMethod(parts.method ?? 'ANY');
  if (!method.ok) return method;
  const path = parsePath(parts.path);
  if (!path.ok) return path;
  return parsed({
    type: 'http',
    method: method.value,
    path: path.value,
    ...(parts.cors && { cors: parts.cors }),
  });
}

/** `METHOD /path` of a trigger, as messages and tables show it. */
export const describeHttpTrigger = (trigger: HttpTrigger): string => `${trigger.method} ${trigger.path}`;

/** Two triggers of one shape answer the same requests: `GET /a/:x` and `GET /a/:y`. */
export function routeShape(trigger: HttpTrigger): string {
  const segments = trigger.path.split('/').map((segment) => {
    if (isGreedy(segment)) return '*';
    return segment.startsWith(':') ? ':' : segment;
  });
  return `${trigger.method} ${segments.join('/')}`;
}

function splitRoute(text: string): HttpTriggerParts | undefined {
  const words = text.trim().split(/\s+/);
  const [first = '', second] = words;
  if (words.length === 1) {
    if (first === '$default' || first === '*') return { method: 'ANY', path: '/*' };
    return first.startsWith('/') ? { method: 'ANY', path: first } : undefined;
  }
  return words.length === 2 && second !== undefined ? { method: first, path: second } : undefined;
}

function parseMethod(text: string): Parsed<HttpMethod> {
  const name = text === '*' ? 'ANY' : text.toUpperCase();
  const method = HTTP_METHODS.find((known) => known === name);
  if (method) return parsed(method);
  const meant = closest(name, HTTP_METHODS);
  return mistake(`a method: ${HTTP_METHODS.join(', ')}`, {
    got: `'${text}'`,
    ...(meant && { remedy: `did you mean ${meant}?` }),
  });
}

// RFC 3986 pchar without `*`, which is the wildcard's, and `:`, which begins a parameter.
const LITERAL = /^(?:[\w.~!$&'()+,;=@-]|%[\dA-Fa-f]{2})+$/;
const PARAMETER = /^(?::([A-Za-z_][\w-]*)(\+?)|\{([A-Za-z_][\w-]*)(\+?)\})$/;

function parsePath(text: string): Parsed<string> {
  if (!text.startsWith('/')) return mistake("a path that begins with '/'", { got: `'${text}'` });
  // A trailing slash makes no other route: `/users/` is `/users`.
  const path = text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text;
  if (path === '/') return parsed('/');
  const segments: string[] = [];
  const names = new Set<string>();
  const raw = path.slice(1).split('/');
  for (const [index, segment] of raw.entries()) {
    const read = parseSegment(segment, text);
    if (!read.ok) return read;
    if (isGreedy(read.value) && index < raw.length - 1) {
      return mistake(`'${segment}' as the last part of the path only`, { got: `'${text}'` });
    }
    if (read.value.startsWith(':')) {
      const name = read.value.replace(/^:|\+$/g, '');
      if (names.has(name))
        return mistake(`each parameter once, '${name}' is there twice`, { got: `'${text}'` });
      names.add(name);
    }
    segments.push(read.value);
  }
  return parsed(`/${segments.join('/')}`);
}

function parseSegment(segment: string, path: string): Parsed<string> {
  if (segment === '*') return parsed('*');
  const parameter = PARAMETER.exec(segment);
  if (parameter) {
    return parsed(`:${parameter[1] ?? parameter[3] ?? ''}${parameter[2] ?? parameter[4] ?? ''}`);
  }
  if (LITERAL.test(segment)) return parsed(segment);
  return mistake("a path of literal parts, ':name', '{name}', and last '/*', ':name+' or '{name+}'", {
    got: segment === '' ? `an empty part in '${path}'` : `'${segment}' in '${path}'`,
    remedy: remedyFor(segment),
  });
}

function remedyFor(segment: string): string {
  if (segment === '') return "write one '/' between two parts";
  if (/[?#]/.test(segment)) return 'leave the query out: a function reads it from the event';
  if (/[:{*]/.test(segment)) return 'let a parameter or wildcard be a whole part of the path';
  return 'percent-encode what a URL cannot hold';
}

const isGreedy = (segment: string): boolean =>
  segment === '*' || (segment.startsWith(':') && segment.endsWith('+'));
