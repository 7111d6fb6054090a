import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { AwsRequest } from '../../../gateway/aws/request.ts';
import { verifySignature } from '../../../gateway/aws/sigv4.ts';
import { parseTarget } from '../../../gateway/aws/uri.ts';

const NOW = Date.parse('2026-11-01T12:00:00Z');
const EXPIRES = NOW / 1000 + 60;

interface Asked {
  method?: string;
  path?: string;
  /** As signed and sent. */
  query?: string;
  headers?: Record<string, string>;
  virtualHost?: string;
  /** The text that is signed. */
  text: string;
  expires?: string;
}

function verify({
  method = 'GET',
  path = '/photos/a%20b',
  query = '',
  headers = {},
  virtualHost,
  text,
  expires,
}: Asked) {
  const signature = encodeURIComponent(createHmac('sha1', 'faas-secret').update(text).digest('base64'));
  const parameters = `AWSAccessKeyId=faas&Signature=${signature}&Expires=${expires ?? EXPIRES}`;
  const request: AwsRequest = {
    method,
    ...parseTarget(`${path}?${query}${query && '&'}${parameters}`),
    headers,
    rawHeaders: [],
    virtualHost,
    sourceIp: '127.0.0.1',
    local: true,
  };
  return verifySignature(request, {
    service: 's3',
    now: NOW,
    findKey: (accessKeyId) =>
      accessKeyId === 'faas'
        ? { caller: { kind: 'account', account: 'faas', accessKeyId }, secretAccessKey: 'faas-secret' }
        : undefined,
  });
}

describe('a URL presigned in version 2 holds', () => {
  test.each<[string, Asked]>([
    ['for a plain download', { text: `GET\n\n\n${EXPIRES}\n/photos/a%20b` }],
    [
      'with a parameter that is not signed',
      { query: 'x-id=GetObject', text: `GET\n\n\n${EXPIRES}\n/photos/a%20b` },
    ],
    [
      'with response headers, unescaped and sorted',
      {
        query: 'response-content-type=text%2Fplain&response-cache-control=no',
        text: `GET\n\n\n${EXPIRES}\n/photos/a%20b?response-cache-control=no&response-content-type=text/plain`,
      },
    ],
    [
      'for an upload of one type, with metadata as parameters',
      {
        method: 'PUT',
        query: 'x-amz-meta-k=v&content-type=text%2Fplain',
        headers: { 'content-type': 'text/plain' },
        text: `PUT\n\ntext/plain\n${EXPIRES}\nx-amz-meta-k:v\n/photos/a%20b`,
      },
    ],
    ['for a virtual host', { virtualHost: 'photos', path: '/a', text: `GET\n\n\n${EXPIRES}\n/photos/a` }],
  ])('%s', (_name, asked) => {
    expect(verify(asked)).toMatchObject({ presigned: true, caller: { accessKeyId: 'faas' } });
  });
});

describe('a URL presigned in version 2 is refused', () => {
  const text = `GET\n\n\n${EXPIRES}\n/photos/a%20b`;
  test.each<[string, Asked, string]>([
    ['for another method', { method: 'DELETE', text }, 'SignatureDoesNotMatch'],
    ['for another key', { path: '/photos/b', text }, 'SignatureDoesNotMatch'],
    ['for a sub-resource it does not sign', { query: 'acl', text }, 'SignatureDoesNotMatch'],
    ['with a header it does not sign', { headers: { 'x-amz-acl': 'x' }, text }, 'SignatureDoesNotMatch'],
    ['with another expiry', { expires: String(EXPIRES + 1), text }, 'SignatureDoesNotMatch'],
    ['without a number as expiry', { expires: 'never', text }, 'AccessDenied'],
    [
      'after it has expired',
      { expires: String(NOW / 1000 - 1), text: `GET\n\n\n${NOW / 1000 - 1}\n/photos/a%20b` },
      'AccessDenied',
    ],
  ])('%s', (_name, asked, code) => {
    expect(() => verify(asked)).toThrow(expect.objectContaining({ code }));
  });
});
