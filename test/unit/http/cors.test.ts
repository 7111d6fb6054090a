import { describe, expect, it } from 'vitest';
import { preflightHeaders, withCors } from '../../../gateway/http/cors.ts';
import type { CorsSettings } from '../../../runtime/core/types.ts';

const settings = (overrides: Partial<CorsSettings> = {}): CorsSettings => ({
  allowOrigins: ['https://app.test'],
  allowMethods: ['GET', 'POST'],
  allowHeaders: ['x-token'],
  exposeHeaders: [],
  allowCredentials: false,
  maxAgeSeconds: 0,
  ...overrides,
});

/** Names and values in turn, as an object. */
const asObject = (headers: string[]): Record<string, string> => {
  const object: Record<string, string> = {};
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!;
    expect(object).not.toHaveProperty([name]);
    object[name] = headers[index + 1]!;
  }
  return object;
};

describe('a preflight', () => {
  const answer = (cors: Partial<CorsSettings>, origin = 'https://app.test', names?: string) =>
    asObject(preflightHeaders(settings(cors), origin, names));

  it('from an allowed origin is told what is allowed', () => {
    expect(answer({ maxAgeSeconds: 600 })).toEqual({
      'access-control-allow-origin': 'https://app.test',
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'x-token',
      'access-control-max-age': '600',
      vary: 'origin',
    });
  });

  it('from another origin is told nothing', () => {
    expect(answer({}, 'https://evil.test')).toEqual({ vary: 'origin' });
  });

  it.each<[string[], string, boolean]>([
    [['*'], 'https://any.test', true],
    [['https://APP.test'], 'https://app.test', true],
    [['https://app.test'], 'https://app.test.evil.test', false],
    [['https://app.test'], 'https://app.test:8080', false],
    [['https://*'], 'https://any.test', true],
    [['https://*'], 'http://any.test', false],
    [['https://a.test', 'https://b.test'], 'https://b.test', true],
    [[], 'https://a.test', false],
    [['*'], 'null', true],
    [['https://app.test'], 'null', false],
  ])('with the origins %j answers %s: %s', (allowOrigins, origin, allowed) => {
    expect('access-control-allow-origin' in answer({ allowOrigins }, origin)).toBe(allowed);
  });

  it('names the origin itself when credentials go with it, as browsers demand', () => {
    expect(answer({ allowOrigins: ['*'], allowCredentials: true })).toMatchObject({
      'access-control-allow-origin': 'https://app.test',
      'access-control-allow-credentials': 'true',
    });
    expect(answer({ allowOrigins: ['*'] })).toHaveProperty('access-control-allow-origin', '*');
  });

  it('repeats what it asked for when everything is allowed', () => {
    expect(
      answer({ allowHeaders: ['*'], allowMethods: ['*'] }, 'https://app.test', 'x-a, x-b'),
    ).toMatchObject({
      'access-control-allow-headers': 'x-a, x-b',
      'access-control-allow-methods': 'GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS',
    });
    expect(answer({ allowHeaders: ['*'] })).not.toHaveProperty('access-control-allow-headers');
  });
});

describe('another answer', () => {
  const own = ['content-type', 'text/plain', 'access-control-allow-origin', '*', 'set-cookie', 'a=1'];

  it('has the settings’ headers in place of the function’s', () => {
    const headers = withCors(own, settings({ exposeHeaders: ['x-a', 'x-b'] }), 'https://app.test');
    expect(asObject(headers)).toEqual({
      'content-type': 'text/plain',
      'set-cookie': 'a=1',
      'access-control-allow-origin': 'https://app.test',
      'access-control-expose-headers': 'x-a,x-b',
      vary: 'origin',
    });
  });

  it.each([['https://evil.test'], [undefined]])('to the origin %s has none', (origin) => {
    expect(asObject(withCors(own, settings(), origin))).toEqual({
      'content-type': 'text/plain',
      'set-cookie': 'a=1',
      vary: 'origin',
    });
  });

  it.each([
    ['accept', 'accept, origin'],
    ['Origin', 'Origin'],
    ['accept, origin', 'accept, origin'],
    ['x-origin', 'x-origin, origin'],
    ['*', '*'],
  ])('that varies by %s varies by %s', (vary, expected) => {
    expect(asObject(withCors(['vary', vary], settings(), 'https://app.test'))).toHaveProperty(
      'vary',
      expected,
    );
  });
});
