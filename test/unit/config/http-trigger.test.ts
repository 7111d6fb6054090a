import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeHttpTrigger, parseHttpTrigger, routeShape } from '../../../runtime/config/http-trigger.ts';

const read = (text: string): string => {
  const result = parseHttpTrigger(text);
  return result.ok ? describeHttpTrigger(result.value) : `refused: ${JSON.stringify(result.problem)}`;
};

describe('what is written becomes one form', () => {
  test.each([
    ['GET /hello', 'GET /hello'],
    ['get /hello', 'GET /hello'],
    ['  POST   /hello ', 'POST /hello'],
    ['GET /hello/:name', 'GET /hello/:name'],
    ['GET /hello/{name}', 'GET /hello/:name'],
    ['GET /hello/{user-id}/posts/{post_id}', 'GET /hello/:user-id/posts/:post_id'],
    ['ANY /files/*', 'ANY /files/*'],
    ['ANY /files/{rest+}', 'ANY /files/:rest+'],
    ['ANY /files/:rest+', 'ANY /files/:rest+'],
    ['ANY /{proxy+}', 'ANY /:proxy+'],
    ['* /a', 'ANY /a'],
    ['/a', 'ANY /a'],
    ['$default', 'ANY /*'],
    ['*', 'ANY /*'],
    ['GET /', 'GET /'],
    ['GET /*', 'GET /*'],
    ['GET /users/', 'GET /users'],
    ['GET /a%20b/c.json', 'GET /a%20b/c.json'],
    ['GET /~me/@you/a+b/$x', 'GET /~me/@you/a+b/$x'],
  ])('%s is %s', (written, normal) => {
    expect(read(written)).toBe(normal);
  });

  test('reading the form again changes nothing', () => {
    const segment = fc.oneof(
      fc.constantFrom('a', 'b-c', 'd.e', '%20'),
      fc.constantFrom(':x', ':y', '{z}', '{w}'),
    );
    fc.assert(
      fc.property(fc.array(segment), fc.constantFrom('', '/*', '/{rest+}'), (parts, end) => {
        const first = read(`GET /${parts.join('/')}${end}`.replace('//', '/'));
        fc.pre(first.startsWith('GET '));
        expect(read(first)).toBe(first);
      }),
    );
  });
});

describe('what cannot be a route is refused with what was expected', () => {
  test.each([
    ['', 'METHOD /path'],
    ['hello', 'METHOD /path'],
    ['GET hello', "begins with '/'"],
    ['GET /a /b', 'METHOD /path'],
    ['GTE /a', 'did you mean GET?'],
    ['FETCH /a', 'a method: ANY, GET'],
    ['GET /a//b', 'an empty part'],
    ['GET /a?b=c', 'leave the query out'],
    ['GET /a#b', 'leave the query out'],
    ['GET /files/*/x', 'last part of the path only'],
    ['GET /{rest+}/x', 'last part of the path only'],
    ['GET /file-:name', 'a whole part of the path'],
    ['GET /{name}.json', 'a whole part of the path'],
    ['GET /:', 'a whole part of the path'],
    ['GET /{}', 'a whole part of the path'],
    ['GET /{1st}', 'a whole part of the path'],
    ['GET /:id/x/{id}', "'id' is there twice"],
    ['GET /ü', 'percent-encode'],
    ['GET /50%', 'percent-encode'],
  ])('%s', (written, says) => {
    expect(read(written)).toMatch(/^refused/);
    expect(read(written)).toContain(says);
  });
});

test.each([
  ['GET /a/:x', 'GET /a/{y}', true],
  ['GET /a/*', 'GET /a/{rest+}', true],
  ['GET /a/:x', 'GET /a/*', false],
  ['GET /a', 'ANY /a', false],
  ['GET /a', 'GET /a/', true],
  ['GET /a/:x/b', 'GET /a/:x/c', false],
])('%s and %s answer the same requests: %s', (one, other, same) => {
  const shapes = [one, other].map((text) => {
    const result = parseHttpTrigger(text);
    return result.ok ? routeShape(result.value) : text;
  });
  expect(shapes[0] === shapes[1]).toBe(same);
});
