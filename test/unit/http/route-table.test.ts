import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRouteTable } from '../../../gateway/http/route-table.ts';
import type { CorsSettings } from '../../../runtime/core/types.ts';
import { deployedFunction, http } from '../../integration/http/scripted-runtime.ts';

const cors: CorsSettings = {
  allowOrigins: ['*'],
  allowMethods: ['*'],
  allowHeaders: [],
  exposeHeaders: [],
  allowCredentials: false,
  maxAgeSeconds: 0,
};

/** One function a route, named by the route itself. */
const tableOf = (...routes: string[]) =>
  createRouteTable(routes.map((route) => deployedFunction(route, { triggers: [http(route)] })));

/** The route that serves a request, with its parameters; or why there is none. */
function found(table: ReturnType<typeof createRouteTable>, request: string): unknown {
  const [method = '', path = ''] = request.split(' ');
  const match = table.match(method, path);
  if (match.kind === 'route') return [match.route.functionName, match.parameters && { ...match.parameters }];
  return match.kind === 'not-found' ? match.kind : match.allow.join(',');
}

describe('a single route', () => {
  it.each([
    ['GET /', 'GET /', ['GET /', undefined]],
    ['GET /', 'GET /x', 'not-found'],
    ['GET /hello', 'GET /hello', ['GET /hello', undefined]],
    ['GET /hello', 'GET /hello/', ['GET /hello', undefined]],
    ['GET /hello', 'GET /hello//', 'not-found'],
    ['GET /hello', 'GET //hello', 'not-found'],
    ['GET /hello', 'GET /Hello', 'not-found'],
    ['GET /hello', 'GET /hello/x', 'not-found'],
    ['GET /hello', 'GET /h%65llo', ['GET /hello', undefined]],
    ['GET /caf%C3%A9', 'GET /caf%C3%A9', ['GET /caf%C3%A9', undefined]],
    ['GET /users/:id', 'GET /users/7', ['GET /users/:id', { id: '7' }]],
    ['GET /users/:id', 'GET /users/', 'not-found'],
    ['GET /users/:id', 'GET /users//', 'not-found'],
    ['GET /users/:id', 'GET /users/a%2Fb%20c', ['GET /users/:id', { id: 'a/b c' }]],
    ['GET /users/:id', 'GET /users/a+b', ['GET /users/:id', { id: 'a+b' }]],
    ['GET /users/:id', 'GET /users/%zz', ['GET /users/:id', { id: '%zz' }]],
    ['GET /users/:id', 'GET /users/..', ['GET /users/:id', { id: '..' }]],
    ['GET /:a/x/:b', 'GET /1/x/2', ['GET /:a/x/:b', { a: '1', b: '2' }]],
    ['GET /files/:rest+', 'GET /files/a/b%20c/d', ['GET /files/:rest+', { rest: 'a/b c/d' }]],
    ['GET /files/:rest+', 'GET /files/a/', ['GET /files/:rest+', { rest: 'a/' }]],
    ['GET /files/:rest+', 'GET /files', 'not-found'],
    ['GET /files/:rest+', 'GET /files/', 'not-found'],
    ['GET /files/*', 'GET /files', ['GET /files/*', undefined]],
    ['GET /files/*', 'GET /files/', ['GET /files/*', undefined]],
    ['GET /files/*', 'GET /files/a/b', ['GET /files/*', { proxy: 'a/b' }]],
    ['GET /files/*', 'GET /filesystem', 'not-found'],
    ['ANY /*', 'PUT /', ['ANY /*', undefined]],
    ['ANY /*', 'PUT /x/y', ['ANY /*', { proxy: 'x/y' }]],
    ['ANY /x', 'PROPFIND /x', ['ANY /x', undefined]],
    ['GET /x', 'HEAD /x', ['GET /x', undefined]],
    ['GET /x', 'POST /x', 'GET,HEAD'],
    ['POST /x', 'HEAD /x', 'POST'],
    ['GET /x', 'get /x', 'GET,HEAD'],
  ])('%s, asked %s', (route, request, expected) => {
    expect(found(tableOf(route), request)).toEqual(expected);
  });
});

describe('of several routes the most specific one', () => {
  it.each([
    [['GET /users/:id', 'GET /users/me'], 'GET /users/me', 'GET /users/me'],
    [['GET /:x/b', 'GET /a/:y'], 'GET /a/b', 'GET /a/:y'],
    [['ANY /*', 'GET /a/:b+', 'GET /a/:b'], 'GET /a/b', 'GET /a/:b'],
    [['ANY /*', 'GET /a/:b+', 'GET /a/:b'], 'GET /a/b/c', 'GET /a/:b+'],
    [['ANY /*', 'GET /a/:b+', 'GET /a/:b'], 'GET /z', 'ANY /*'],
    [['GET /a/*', 'GET /a/:rest+'], 'GET /a/x', 'GET /a/:rest+'],
    [['GET /a/*', 'GET /a/:rest+'], 'GET /a', 'GET /a/*'],
    [['GET /a/*', 'GET /a'], 'GET /a', 'GET /a'],
    [['ANY /a', 'GET /a'], 'GET /a', 'GET /a'],
    [['ANY /a', 'GET /a'], 'POST /a', 'ANY /a'],
    [['GET /a', 'HEAD /a'], 'HEAD /a', 'HEAD /a'],
    [['GET /a', 'ANY /a'], 'HEAD /a', 'GET /a'],
    // A path beats a method: the narrower path serves the request when it can.
    [['ANY /users/me', 'GET /users/:id'], 'GET /users/me', 'ANY /users/me'],
    // … and leaves it to the wider one when it cannot.
    [['POST /users/me', 'GET /users/:id'], 'GET /users/me', 'GET /users/:id'],
    [['GET /a', 'ANY /a', 'OPTIONS /a'], 'OPTIONS /a', 'OPTIONS /a'],
  ])('%j, asked %s: %s', (routes, request, expected) => {
    for (const order of [routes, routes.toReversed()]) {
      expect(found(tableOf(...order), request)).toHaveProperty('0', expected);
    }
  });

  it('is the same whatever the order of the functions', () => {
    const segment = fc.constantFrom('a', 'b', ':p', ':q+', '*');
    const path = fc
      .array(segment, { maxLength: 4 })
      .map((parts) => parts.filter((part, index) => !/[*+]/.test(part) || index === parts.length - 1))
      .map((parts) => `/${parts.join('/')}`);
    const route = fc
      .tuple(fc.constantFrom('GET', 'POST', 'ANY'), path)
      .map(([method, rest]) => `${method} ${rest}`);
    const asked = fc
      .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 })
      .map((parts) => `GET /${parts.join('/')}`);
    fc.assert(
      fc.property(
        fc.uniqueArray(route, { maxLength: 8 }),
        asked,
        fc.integer({ min: 0, max: 7 }),
        (routes, request, by) => {
          const rotated = [...routes.slice(by), ...routes.slice(0, by)];
          expect(found(tableOf(...rotated), request)).toEqual(found(tableOf(...routes), request));
        },
      ),
    );
  });
});

describe('a function', () => {
  it('without triggers answers at its name and below', () => {
    const table = createRouteTable([deployedFunction('hello')]);
    expect(found(table, 'POST /hello')).toEqual(['hello', undefined]);
    expect(found(table, 'GET /hello/a/b')).toEqual(['hello', { proxy: 'a/b' }]);
    expect(found(table, 'GET /other')).toBe('not-found');
    expect(table.routes.map(({ key }) => key)).toEqual(['ANY /hello', 'ANY /hello/{proxy+}']);
  });

  it('with triggers of other kinds only has no route', () => {
    const upload = {
      type: 's3',
      bucket: 'photos',
      events: ['ObjectCreated:*'],
      prefix: '',
      suffix: '',
    } as const;
    const table = createRouteTable([
      deployedFunction('resize', { triggers: [{ ...upload, events: [...upload.events] }] }),
    ]);
    expect(table.routes).toEqual([]);
  });

  it.each([
    ['GET /hello/:name', 'GET /hello/{name}'],
    ['ANY /files/:rest+', 'ANY /files/{rest+}'],
    ['ANY /files/*', 'ANY /files/{proxy+}'],
    ['GET /', 'GET /'],
  ])('%s has the route key %s', (route, key) => {
    const [first] = tableOf(route).routes;
    expect(first).toMatchObject({ key, source: route });
  });

  it('may have a parameter of any name', () => {
    const match = tableOf('GET /:__proto__').match('GET', '/x');
    expect(JSON.stringify(match)).toContain('"parameters":{"__proto__":"x"}');
  });
});

it('a wrong method is told the right ones, OPTIONS too where CORS settings answer it', () => {
  const table = createRouteTable([
    deployedFunction('a', { triggers: [http('GET /x', cors), http('DELETE /x')] }),
    deployedFunction('b', { triggers: [http('PUT /:any')] }),
  ]);
  expect(found(table, 'POST /x')).toBe('DELETE,GET,HEAD,OPTIONS,PUT');
});
