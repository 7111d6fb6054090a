/**
 * Which function a request is for: pure. The most specific route wins, compared segment by segment from
 * the left: fixed text before `:name` before the rest of the path; then an exact method before ANY.
 */
import type { CorsSettings, DeployedFunction, HttpMethod } from '../../runtime/core/types.ts';
import { bareRecord } from './bare-record.ts';

export interface Route {
  functionName: string;
  method: HttpMethod;
  /** As in the settings: `GET /hello/:name`; what records call the trigger's source. */
  source: string;
  /** As API Gateway writes it: `GET /hello/{name}`. */
  key: string;
  cors: CorsSettings | undefined;
  exposeErrors: boolean;
  segments: readonly Segment[];
}

type Segment =
  | { kind: 'text'; text: string }
  | { kind: 'parameter'; name: string }
  /** The rest of the path; `/*` (unlike `{name+}`) is also content with none. */
  | { kind: 'rest'; name: string; mayBeEmpty: boolean };

export type RouteMatch =
  | { kind: 'route'; route: Route; parameters: Record<string, string> | undefined }
  | { kind: 'method-not-allowed'; allow: string[] }
  | { kind: 'not-found' };

export interface RouteTable {
  readonly routes: readonly Route[];
  /** `path` as sent, without the query. */
  match(method: string, path: string): RouteMatch;
}

export function createRouteTable(functions: readonly DeployedFunction[]): RouteTable {
  const routes = functions.flatMap(routesOf).toSorted(mostSpecificFirst);
  return {
    routes,
    match(method, path) {
      const parts = splitPath(path);
      for (const route of routes) {
        if (!servesMethod(route, method)) continue;
        const parameters = matchSegments(route.segments, parts);
        if (parameters)
          return { kind: 'route', route, parameters: parameters.size > 0 ? toObject(parameters) : undefined };
      }
      const others = routes.filter((route) => matchSegments(route.segments, parts));
      return others.length > 0
        ? { kind: 'method-not-allowed', allow: allowedMethods(others) }
        : { kind: 'not-found' };
    },
  };
}

/** A function without any trigger answers every method at its name and below. */
function routesOf({ settings }: DeployedFunction): Route[] {
  const { name, triggers, exposeErrors } = settings;
  const http = triggers.filter((trigger) => trigger.type === 'http');
  const described =
    triggers.length === 0
      ? [
          { method: 'ANY' as const, path: `/${name}`, cors: undefined },
          { method: 'ANY' as const, path: `/${name}/:proxy+`, cors: undefined },
        ]
      : http.map(({ method, path, cors }) => ({ method, path, cors }));
  return described.map(({ method, path, cors }) => {
    const segments = parsePath(path);
    return {
      functionName: name,
      method,
      source: `${method} ${path}`,
      key: `${method} ${formatPath(segments)}`,
      cors,
      exposeErrors,
      segments,
    };
  });
}

function parsePath(path: string): Segment[] {
  return splitPath(path).parts.map((part): Segment => {
    if (part === '*') return { kind: 'rest', name: 'proxy', mayBeEmpty: true };
    if (!part.startsWith(':')) return { kind: 'text', text: part };
    return part.endsWith('+')
      ? { kind: 'rest', name: part.slice(1, -1), mayBeEmpty: false }
      : { kind: 'parameter', name: part.slice(1) };
  });
}

const formatPath = (segments: readonly Segment[]): string =>
  `/${segments
    .map((segment) => {
      if (segment.kind === 'text') return segment.text;
      return segment.kind === 'parameter' ? `{${segment.name}}` : `{${segment.name}+}`;
    })
    .join('/')}`;

interface SplitPath {
  /** Decoded, without the empty one that a trailing slash leaves. */
  parts: string[];
  trailingSlash: boolean;
}

/** Dot segments and doubled slashes stay what they are: nothing here is a file. */
function splitPath(path: string): SplitPath {
  const parts = path.slice(1).split('/');
  const trailingSlash = parts.at(-1) === '';
  if (trailingSlash) parts.pop();
  return { parts: path.includes('%') ? parts.map(decodePart) : parts, trailingSlash };
}

/** Percent-decoded; text that is not validly encoded stays as it was sent. */
export function decodePart(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/** The parameters, or undefined when the path does not match. */
function matchSegments(
  segments: readonly Segment[],
  { parts, trailingSlash }: SplitPath,
): ReadonlyMap<string, string> | undefined {
  let parameters: Map<string, string> | undefined;
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'rest') {
      const rest = parts.slice(index).join('/') + (trailingSlash && parts.length > index ? '/' : '');
      if (rest === '') return segment.mayBeEmpty ? (parameters ?? NO_PARAMETERS) : undefined;
      return (parameters ?? new Map<string, string>()).set(segment.name, rest);
    }
    const part = parts[index];
    if (part === undefined || part === '') return undefined;
    if (segment.kind === 'parameter') (parameters ??= new Map()).set(segment.name, part);
    else if (segment.text !== part) return undefined;
  }
  return parts.length === segments.length ? (parameters ?? NO_PARAMETERS) : undefined;
}

function toObject(parameters: ReadonlyMap<string, string>): Record<string, string> {
  const object = bareRecord();
  for (const [name, value] of parameters) object[name] = value;
  return object;
}

const servesMethod = (route: Route, method: string): boolean =>
  route.method === method || route.method === 'ANY' || (method === 'HEAD' && route.method === 'GET');

/** The Allow header of a 405; only routes with CORS settings answer OPTIONS without a route of their own. */
function allowedMethods(routes: readonly Route[]): string[] {
  const methods = new Set<string>();
  for (const route of routes) {
    methods.add(route.method);
    if (route.method === 'GET') methods.add('HEAD');
    if (route.cors) methods.add('OPTIONS');
  }
  return [...methods].toSorted();
}

function mostSpecificFirst(a: Route, b: Route): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let index = 0; index < length; index += 1) {
    const difference = openness(a.segments[index]) - openness(b.segments[index]);
    if (difference !== 0) return difference;
  }
  return (
    methodOpenness(a.method) - methodOpenness(b.method) || a.functionName.localeCompare(b.functionName, 'en')
  );
}

function openness(segment: Segment | undefined): number {
  if (segment === undefined || segment.kind === 'text') return 0;
  if (segment.kind === 'parameter') return 1;
  return segment.mayBeEmpty ? 3 : 2;
}

/** A route for HEAD comes before one for GET, which serves HEAD too. */
function methodOpenness(method: HttpMethod): number {
  if (method === 'ANY') return 2;
  return method === 'HEAD' ? 0 : 1;
}
