/** Cross-origin requests: which pages may read what this bucket answers. Pure. */
import type { OutgoingHttpHeaders } from 'node:http';
import { AwsError } from '../aws/errors.ts';
import { parseXml } from './xml.ts';
import type { XmlNode } from './xml.ts';

export interface CorsRule {
  origins: string[];
  methods: string[];
  /** Lower case. */
  headers: string[];
  exposed: string[];
  maxAgeSeconds: number | undefined;
}

const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'];
const MAX_RULES = 100;

/**
 * For buckets without settings: a page may do whatever its signature lets it. Unsigned requests with an Origin
 * act as nobody, so that this opens nothing to pages that hold no keys and no presigned URL.
 */
const ANY_PAGE: CorsRule = {
  origins: ['*'],
  methods: METHODS,
  headers: ['*'],
  exposed: [
    'etag',
    'content-range',
    'last-modified',
    'x-amz-request-id',
    'x-amz-id-2',
    'x-amz-version-id',
    'x-amz-delete-marker',
    'x-amz-mp-parts-count',
    'x-amz-checksum-type',
    ...['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'].map((name) => `x-amz-checksum-${name}`),
  ],
  maxAgeSeconds: 600,
};

export const corsRules = (document: string | undefined): CorsRule[] =>
  document === undefined ? [ANY_PAGE] : readCors(document);

/** Throws MalformedXML or InvalidRequest. */
export function readCors(document: string): CorsRule[] {
  const rules = parseXml(document, 'CORSConfiguration').children('CORSRule');
  if (rules.length === 0 || rules.length > MAX_RULES) throw new AwsError('MalformedXML');
  return rules.map(readRule);
}

function readRule(node: XmlNode): CorsRule {
  const texts = (name: string): string[] => node.texts(name).map((text) => text.trim());
  const rule = {
    origins: texts('AllowedOrigin'),
    methods: texts('AllowedMethod'),
    headers: texts('AllowedHeader').map((name) => name.toLowerCase()),
    exposed: texts('ExposeHeader'),
    maxAgeSeconds: readAge(node.text('MaxAgeSeconds')?.trim()),
  };
  if (rule.origins.length === 0 || rule.methods.length === 0) throw new AwsError('MalformedXML');
  const unknown = rule.methods.find((method) => !METHODS.includes(method));
  if (unknown !== undefined) {
    throw new AwsError(
      'InvalidRequest',
      `Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`,
    );
  }
  for (const pattern of [...rule.origins, ...rule.headers]) {
    if (pattern.split('*').length > 2)
      throw new AwsError('InvalidRequest', `"${pattern}" can not have more than one wildcard.`);
  }
  return rule;
}

function readAge(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d{1,9}$/.test(text)) throw new AwsError('MalformedXML');
  return Number(text);
}

export interface CrossOrigin {
  origin: string;
  /** Of the request itself, or the one a preflight asks for. */
  method: string;
  /** What a preflight asks for; lower case. */
  headers: readonly string[];
}

const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/** The headers of the answer by the first rule that fits, or undefined. */
export function corsHeaders(
  rules: readonly CorsRule[],
  request: CrossOrigin,
): OutgoingHttpHeaders | undefined {
  const rule = rules.find((candidate) => fits(candidate, request));
  if (!rule) return undefined;
  // A page that sends cookies may not be told `*`; with any other answer caches must tell origins apart.
  const anyone = rule.origins.includes('*');
  return {
    'access-control-allow-origin': anyone ? '*' : request.origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(request.headers.length > 0 && { 'access-control-allow-headers': request.headers.join(', ') }),
    ...(rule.exposed.length > 0 && { 'access-control-expose-headers': rule.exposed.join(', ') }),
    ...(rule.maxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    ...(!anyone && { 'access-control-allow-credentials': 'true' }),
    vary: VARY,
  };
}

const fits = (rule: CorsRule, { origin, method, headers }: CrossOrigin): boolean =>
  rule.methods.includes(method) &&
  rule.origins.some((pattern) => matchesPattern(pattern, origin)) &&
  headers.every((name) => rule.headers.some((pattern) => matchesPattern(pattern, name)));

/** One `*` stands for any text. */
function matchesPattern(pattern: string, text: string): boolean {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return pattern === text;
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}
