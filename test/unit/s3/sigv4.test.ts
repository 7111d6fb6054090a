/** The AWS SDK's own signer is the oracle: what it signs must verify, and nothing else. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';
import type { KeyHolder } from '../../../gateway/aws/credentials.ts';
import type { AwsRequest } from '../../../gateway/aws/request.ts';
import { verifySignature } from '../../../gateway/aws/sigv4.ts';
import { parseTarget } from '../../../gateway/aws/uri.ts';

const NOW = Date.parse('2026-11-01T12:00:00Z');
const KEYS = new Map<string, KeyHolder>([
  [
    'faas',
    { caller: { kind: 'account', account: 'faas', accessKeyId: 'faas' }, secretAccessKey: 'faas-secret' },
  ],
  [
    'with/slash',
    { caller: { kind: 'account', account: 'faas', accessKeyId: 'with/slash' }, secretAccessKey: 's' },
  ],
]);

interface Sent {
  method: string;
  target: string;
  headers: Record<string, string>;
}

interface Asked {
  method?: string;
  path?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  service?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  at?: number;
}

const signer = ({ service = 's3', credentials }: Asked): SignatureV4 =>
  new SignatureV4({
    service,
    region: 'eu-west-1',
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    credentials: credentials ?? { accessKeyId: 'faas', secretAccessKey: 'faas-secret' },
  });

const unsigned = ({ method = 'GET', path = '/photos/cat.jpg', query = {}, headers = {} }: Asked) => ({
  method,
  protocol: 'http:',
  hostname: 'localhost',
  port: 4566,
  path,
  query,
  headers: { host: 'localhost:4566', ...headers },
});

async function signed(asked: Asked): Promise<Sent> {
  const request = unsigned(asked);
  const result = await signer(asked).sign(request, { signingDate: new Date(asked.at ?? NOW) });
  return { method: request.method, target: targetOf(result), headers: result.headers };
}

async function presigned(asked: Asked & { expiresIn?: number }): Promise<Sent> {
  const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...asked.headers };
  const request = unsigned({ ...asked, ...(asked.service === undefined && { headers }) });
  const result = await signer(asked).presign(request, {
    signingDate: new Date(asked.at ?? NOW),
    expiresIn: asked.expiresIn ?? 60,
  });
  return { method: request.method, target: targetOf(result), headers: result.headers };
}

function targetOf({ path, query }: { path: string; query?: Record<string, unknown> }): string {
  const pairs = Object.entries(query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

function verify(sent: Sent, { service = 's3', now = NOW }: { service?: string; now?: number } = {}) {
  const headers = Object.fromEntries(
    Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const request: AwsRequest = {
    method: sent.method,
    ...parseTarget(sent.target),
    headers,
    rawHeaders: Object.entries(sent.headers).flat(),
    virtualHost: undefined,
    sourceIp: '127.0.0.1',
    local: true,
  };
  return verifySignature(request, { service, now, findKey: (id) => KEYS.get(id) });
}

const refusal = (sent: Sent, options?: { service?: string; now?: number }): string => {
  try {
    verify(sent, options);
    return 'accepted';
  } catch (error) {
    return Reflect.get(error as object, 'code') as string;
  }
};

describe.each([
  { kind: 'in the header', sign: signed },
  { kind: 'in the URL', sign: presigned },
])('a signature $kind', ({ sign }) => {
  test.each<[string, Asked]>([
    ['a plain request', {}],
    ['a put', { method: 'PUT', headers: { 'content-type': 'text/plain', 'x-amz-meta-a': 'b' } }],
    ['a key with a space and a plus', { path: '/photos/a%20b%2Bc' }],
    ['a key with dots and double slashes', { path: '/photos//a/../b/./c//' }],
    ["a key with !'()*", { path: '/photos/%21%27%28%29%2A' }],
    ['an umlaut', { path: '/photos/%C3%BC' }],
    ['a parameter without a value', { query: { notification: '' } }],
    ["a parameter with !'()* and a space", { query: { prefix: "a!'()* b", 'list-type': '2' } }],
    ['parameters that sort otherwise once escaped', { query: { 'a-b': '1', a: '2', 'a b': '3', ä: '4' } }],
    ['spaces in a header', { headers: { 'x-amz-meta-a': '  much   space  ' } }],
    ['an access key with a slash', { credentials: { accessKeyId: 'with/slash', secretAccessKey: 's' } }],
  ])('holds for %s', async (_name, asked) => {
    const result = verify(await sign(asked));
    expect(result?.caller).toEqual({
      kind: 'account',
      account: 'faas',
      accessKeyId: asked.credentials?.accessKeyId ?? 'faas',
    });
  });

  test.each<[string, (sent: Sent) => Sent]>([
    ['another method', (sent) => ({ ...sent, method: 'DELETE' })],
    ['another key', (sent) => ({ ...sent, target: sent.target.replace('cat', 'dog') })],
    ['another host', (sent) => ({ ...sent, headers: { ...sent.headers, host: 'localhost:4567' } })],
    [
      'a further parameter',
      (sent) => ({ ...sent, target: `${sent.target}${sent.target.includes('?') ? '&' : '?'}acl` }),
    ],
  ])('does not hold for %s', async (_name, change) => {
    expect(refusal(change(await sign({})))).toBe('SignatureDoesNotMatch');
  });

  test('does not hold with another secret', async () => {
    const credentials = { accessKeyId: 'faas', secretAccessKey: 'guessed' };
    expect(refusal(await sign({ credentials }))).toBe('SignatureDoesNotMatch');
  });

  test('by an unknown key is refused as such', async () => {
    const credentials = { accessKeyId: 'nobody', secretAccessKey: 'faas-secret' };
    expect(refusal(await sign({ credentials }))).toBe('InvalidAccessKeyId');
  });

  test('for another service is refused', async () => {
    expect(refusal(await sign({ service: 'sqs' }))).toMatch(/Malformed|ParametersError/);
  });

  test('does not cover an x-amz- header that was added on the way', async () => {
    const sent = await sign({});
    expect(refusal({ ...sent, headers: { ...sent.headers, 'x-amz-acl': 'public-read' } })).toBe(
      'AccessDenied',
    );
  });

  test('of another service has its path escaped twice', async () => {
    const sent = await sign({ service: 'lambda', path: '/2015-03-31/functions/arn%3Aaws/invocations' });
    expect(refusal(sent, { service: 'lambda' })).toBe('accepted');
  });
});

describe('time', () => {
  const minutes = (count: number): number => count * 60_000;

  test.each([
    [-16, 'RequestTimeTooSkewed'],
    [-14, 'accepted'],
    [14, 'accepted'],
    [16, 'RequestTimeTooSkewed'],
  ])('a request signed %i minutes from now is %s', async (offset, outcome) => {
    expect(refusal(await signed({ at: NOW + minutes(offset) }))).toBe(outcome);
  });

  test.each([
    [-59, 'accepted'],
    [-60, 'accepted'],
    [-61, 'AccessDenied'],
    [60 * 14, 'accepted'],
    [60 * 16, 'AccessDenied'],
  ])('a URL for 60 s, signed %i s from now, is %s', async (offset, outcome) => {
    expect(refusal(await presigned({ at: NOW + offset * 1000 }))).toBe(outcome);
  });

  test.each([
    ['0', 'AccessDenied'],
    ['-1', 'AccessDenied'],
    ['604801', 'AuthorizationQueryParametersError'],
    ['soon', 'AuthorizationQueryParametersError'],
    ['', 'AuthorizationQueryParametersError'],
  ])('a URL that expires in "%s" seconds is refused as %s', async (expires, code) => {
    const sent = await presigned({});
    const target = sent.target.replace('X-Amz-Expires=60', `X-Amz-Expires=${expires}`);
    expect(refusal({ ...sent, target })).toBe(code);
  });
});

describe('malformed authorization', () => {
  test('no authorization at all is no signature', () => {
    expect(verify({ method: 'GET', target: '/', headers: { host: 'localhost' } })).toBeUndefined();
  });

  test('both a header and a presigned URL are one too many', async () => {
    const [header, url] = [await signed({}), await presigned({})];
    expect(refusal({ ...url, headers: header.headers })).toBe('InvalidArgument');
  });

  test.each([
    ['Basic Zm9vOmJhcg==', 'InvalidArgument'],
    ['AWS faas:c2lnbmF0dXJl', 'InvalidRequest'],
    ['AWS nonsense', 'InvalidArgument'],
    ['AWS4-HMAC-SHA256', 'AuthorizationHeaderMalformed'],
    ['AWS4-HMAC-SHA256 Credential=faas, SignedHeaders=host, Signature=x', 'AuthorizationHeaderMalformed'],
    ['AWS4-ECDSA-P256-SHA256 Credential=x', 'InvalidArgument'],
  ])('%s is refused as %s', (authorization, code) => {
    const headers = {
      host: 'localhost',
      authorization,
      'x-amz-date': '20261101T120000Z',
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    };
    expect(refusal({ method: 'GET', target: '/', headers })).toBe(code);
  });

  test.each(['x-amz-date', 'x-amz-content-sha256'])(
    'a signed request without %s is refused',
    async (name) => {
      const { [name]: _, ...headers } = (await signed({})).headers;
      expect(refusal({ method: 'GET', target: '/photos/cat.jpg', headers })).toMatch(
        /AccessDenied|InvalidRequest/,
      );
    },
  );

  test('a signature that leaves the host out is refused', async () => {
    const sent = await signed({});
    const authorization = sent.headers['authorization']!.replace('host;', '');
    expect(refusal({ ...sent, headers: { ...sent.headers, authorization } })).toBe('AccessDenied');
  });
});
