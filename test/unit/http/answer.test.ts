import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpretAnswer } from '../../../gateway/http/answer.ts';

/** The answer in short: status, headers as `name: value`, body as text; or what is wrong with it. */
function interpret(value: unknown) {
  const interpreted = interpretAnswer(
    Buffer.from(
      typeof value === 'string' && value.startsWith('raw:') ? value.slice(4) : JSON.stringify(value),
    ),
  );
  if (!interpreted.ok) return interpreted.problem;
  const { status, headers, body } = interpreted.answer;
  const lines: string[] = [];
  for (let index = 0; index < headers.length; index += 2)
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return { status, lines, body: Buffer.from(body).toString('utf8') };
}

const JSON_TYPE = 'content-type: application/json';

describe('a value without statusCode is the body of a 200', () => {
  it.each([
    [{ hello: 'world' }, '{"hello":"world"}'],
    [{ body: 'x' }, '{"body":"x"}'],
    [{}, '{}'],
    [[1, 'a'], '[1,"a"]'],
    ['hello', 'hello'],
    ['', ''],
    ['"quoted" ü', '"quoted" ü'],
    [7, '7'],
    [0, '0'],
    [false, 'false'],
    [null, 'null'],
    ['raw:{"big":12345678901234567890}', '{"big":12345678901234567890}'],
  ])('%j', (value, body) => {
    expect(interpret(value)).toEqual({ status: 200, lines: [JSON_TYPE], body });
  });
});

describe('the status', () => {
  it.each([
    [200, 200],
    [204, 204],
    [404, 404],
    [599, 599],
    ['418', 418],
    [200.0, 200],
  ])('%j is %i', (statusCode, status) => {
    expect(interpret({ statusCode })).toMatchObject({ status });
  });

  it.each([
    [700],
    [600],
    [199],
    [100],
    [101],
    [0],
    [-1],
    [200.5],
    ['abc'],
    ['2000'],
    [' 200'],
    [''],
    [null],
    [true],
    [[200]],
    [{}],
  ])('%j is none', (statusCode) => {
    expect(interpret({ statusCode })).toBe(
      `statusCode must be a number from 200 to 599, got ${JSON.stringify(statusCode)}`,
    );
  });
});

describe('headers', () => {
  const linesOf = (headers: unknown, more: object = {}) => interpret({ statusCode: 200, headers, ...more });

  it.each<[string, unknown, string[]]>([
    ['none', undefined, [JSON_TYPE]],
    ['null', null, [JSON_TYPE]],
    ['in lower case', { 'X-Name': 'Value' }, [JSON_TYPE, 'x-name: Value']],
    ['with a type of their own', { 'Content-Type': 'text/html' }, ['content-type: text/html']],
    ['of numbers and booleans', { a: 1, b: false }, [JSON_TYPE, 'a: 1', 'b: false']],
    ['without a value', { a: null, b: '' }, [JSON_TYPE, 'b: ']],
    ['in two spellings: the last', { 'X-A': '1', 'x-a': '2' }, [JSON_TYPE, 'x-a: 2']],
    ['with a tab and latin-1', { a: 'x\ty é' }, [JSON_TYPE, 'a: x\ty é']],
    [
      'named like parts of objects',
      JSON.parse('{"__proto__":"1","constructor":"2"}'),
      [JSON_TYPE, '__proto__: 1', 'constructor: 2'],
    ],
  ])('%s', (_what, headers, lines) => {
    expect(linesOf(headers)).toMatchObject({ lines });
  });

  it.each([
    ['Connection'],
    ['Keep-Alive'],
    ['Transfer-Encoding'],
    ['Content-Length'],
    ['Upgrade'],
    ['Trailer'],
    ['X-Faas-Request-Id'],
    ['x-faas-start'],
    ['x-faas-anything'],
    ['Server-Timing'],
  ])('%s is the gateway’s alone', (name) => {
    expect(linesOf({ [name]: 'x' })).toMatchObject({ lines: [JSON_TYPE] });
  });

  it.each<[string, unknown, RegExp]>([
    ['a line break in a value', { a: 'x\r\nset-cookie: y' }, /^header a has a character/],
    ['a NUL in a value', { a: 'x\0' }, /^header a has a character/],
    ['more than latin-1 in a value', { a: '→' }, /^header a has a character/],
    ['a space in a name', { 'a b': 'x' }, /^"a b" is not a header name/],
    ['an empty name', { '': 'x' }, /^"" is not a header name/],
    ['a colon in a name', { 'a:': 'x' }, /is not a header name/],
    ['a line break in a name', { 'a\n': 'x' }, /is not a header name/],
    ['a list as a value', { a: ['x', 'y'] }, /^header a must be a string, got \["x","y"\]/],
    ['an object as a value', { a: {} }, /^header a must be a string, got {}/],
    ['a list of headers', ['a'], /^headers must be an object, got \["a"\]/],
    ['a text', 'a: b', /^headers must be an object/],
  ])('%s is refused', (_what, headers, problem) => {
    expect(linesOf(headers)).toMatch(problem);
  });
});

describe('cookies', () => {
  const withCookies = (cookies: unknown, headers?: object) =>
    interpret({ statusCode: 200, headers, cookies });

  it('are a line each, besides a Set-Cookie header', () => {
    expect(withCookies(['a=1; HttpOnly', 'b=2'], { 'Set-Cookie': 'c=3' })).toMatchObject({
      lines: [JSON_TYPE, 'set-cookie: c=3', 'set-cookie: a=1; HttpOnly', 'set-cookie: b=2'],
    });
  });

  it.each([[undefined], [null], [[]]])('may be %j', (cookies) => {
    expect(withCookies(cookies)).toMatchObject({ lines: [JSON_TYPE] });
  });

  it.each<[unknown, RegExp]>([
    ['a=1', /^cookies must be an array of strings, got "a=1"/],
    [[1], /got 1 in it/],
    [['a=1\r\nx: y'], /^a cookie has a character/],
  ])('may not be %j', (cookies, problem) => {
    expect(withCookies(cookies)).toMatch(problem);
  });
});

describe('the body', () => {
  it.each<[object, string]>([
    [{}, ''],
    [{ body: null }, ''],
    [{ body: 'text ü' }, 'text ü'],
    [{ body: { a: 1 } }, '{"a":1}'],
    [{ body: [1] }, '[1]'],
    [{ body: 7 }, '7'],
    [{ body: false }, 'false'],
    [{ body: 'aGk=', isBase64Encoded: true }, 'hi'],
    [{ body: 'aGk', isBase64Encoded: true }, 'hi'],
    [{ body: '', isBase64Encoded: true }, ''],
    [{ body: 'aGk=', isBase64Encoded: false }, 'aGk='],
    [{ body: 'aGk=', isBase64Encoded: 'true' }, 'aGk='],
    [{ isBase64Encoded: true }, ''],
    [{ body: { a: 1 }, isBase64Encoded: true }, '{"a":1}'],
  ])('%j', (response, body) => {
    expect(interpret({ statusCode: 200, ...response })).toMatchObject({ body });
  });

  it.each(['a*b', 'hello world!', 'YQ==YQ==', 'aGk=\n', '=', 'a'])('%j is not base64', (body) => {
    expect(interpret({ statusCode: 200, body, isBase64Encoded: true })).toMatch(/not base64/);
  });

  it('comes through base64 byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const body = Buffer.from(bytes).toString('base64');
        const interpreted = interpretAnswer(
          Buffer.from(JSON.stringify({ statusCode: 200, body, isBase64Encoded: true })),
        );
        expect(interpreted.ok && Buffer.from(interpreted.answer.body)).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

it('an answer that is not JSON is refused', () => {
  expect(interpret('raw:{"a":')).toBe('the answer is not JSON');
  expect(interpret('raw:')).toBe('the answer is not JSON');
});

it('any JSON at all is an answer or a problem, and only what headers may hold gets into them', () => {
  const response = fc.record(
    {
      statusCode: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.string(), fc.jsonValue()),
      headers: fc.oneof(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.jsonValue())), fc.jsonValue()),
      cookies: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
      body: fc.jsonValue(),
      isBase64Encoded: fc.oneof(fc.boolean(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(response, fc.jsonValue()), (value) => {
      const interpreted = interpretAnswer(Buffer.from(JSON.stringify(value)));
      if (!interpreted.ok) {
        expect(interpreted.problem).not.toBe('');
        return;
      }
      const { status, headers } = interpreted.answer;
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(600);
      // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
      for (const part of headers) expect(part).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
    }),
  );
});
