import { describe, expect, test } from 'vitest';
import { corsHeaders, corsRules, readCors } from '../../../gateway/s3/cors.ts';

const rules = (...xml: string[]): string =>
  `<CORSConfiguration>${xml.map((rule) => `<CORSRule>${rule}</CORSRule>`).join('')}</CORSConfiguration>`;
const get = (origin: string): string =>
  `<AllowedOrigin>${origin}</AllowedOrigin><AllowedMethod>GET</AllowedMethod>`;

describe('without settings', () => {
  test('a page may read what its request was allowed, but sends no cookies', () => {
    const headers = corsHeaders(corsRules(undefined), {
      origin: 'http://a.page',
      method: 'PUT',
      headers: ['content-type', 'x-amz-date'],
    });
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'content-type, x-amz-date',
      'access-control-expose-headers': expect.stringContaining('etag'),
    });
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });
});

test.each([
  ['http://a.page', 'http://a.page', true],
  ['http://a.page', 'http://a.page.evil', false],
  ['http://*.page', 'http://a.page', true],
  ['http://*.page', 'http://.page', true],
  ['http://*.page', 'http://page', false],
  ['*', 'null', true],
  ['ab*ba', 'aba', false],
])('the origin pattern %s fits %s: %s', (pattern, origin, fits) => {
  const headers = corsHeaders(readCors(rules(get(pattern))), { origin, method: 'GET', headers: [] });
  expect(headers !== undefined).toBe(fits);
});

test('the first rule that fits counts, and an origin that is named is repeated', () => {
  const both = readCors(rules(get('http://a'), `${get('*')}<ExposeHeader>etag</ExposeHeader>`));
  expect(corsHeaders(both, { origin: 'http://a', method: 'GET', headers: [] })).toEqual({
    'access-control-allow-origin': 'http://a',
    'access-control-allow-methods': 'GET',
    'access-control-allow-credentials': 'true',
    vary: expect.stringContaining('Origin'),
  });
  expect(corsHeaders(both, { origin: 'http://b', method: 'GET', headers: [] })).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'etag',
  });
});

test.each([
  ['no rule', '<CORSConfiguration/>', 'MalformedXML'],
  ['no origin', rules('<AllowedMethod>GET</AllowedMethod>'), 'MalformedXML'],
  ['an unknown method', rules(`${get('*')}<AllowedMethod>PATCH</AllowedMethod>`), 'InvalidRequest'],
  ['two wildcards', rules(get('*a*')), 'InvalidRequest'],
  ['an age that is no number', rules(`${get('*')}<MaxAgeSeconds>soon</MaxAgeSeconds>`), 'MalformedXML'],
])('%s is refused', (_name, document, code) => {
  expect(() => readCors(document)).toThrow(expect.objectContaining({ code }));
});
