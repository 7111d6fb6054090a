import { describe, expect, it } from 'vitest';
import { interpretAnswer } from '../../../../gateway/http/answer.ts';
import { encodeAnswer } from '../../../../runtime/sandbox/bootstrap/answer.ts';

const LARGE = 'A "quoted"\\ line of größe €\n\u0007'.repeat(3000);
const BASE64 = Buffer.from(LARGE).toString('base64');

class Page {
  statusCode = 200;
  body = LARGE;
}

describe('a large body', () => {
  it.each<[string, unknown]>([
    ['text', { statusCode: 200, headers: { a: 'b' }, body: LARGE, isBase64Encoded: false }],
    ['text before everything else', { body: LARGE, statusCode: '404', cookies: ['a=1'] }],
    ['base64', { statusCode: 200, body: BASE64, isBase64Encoded: true }],
    [
      'base64 of another remainder',
      { statusCode: 200, body: `${BASE64}QQ==`.replace('==QQ', 'QQ'), isBase64Encoded: true },
    ],
    ['an answer that is no status', { statusCode: 999, body: LARGE }],
    ['an answer with a header that is none', { statusCode: 200, headers: { a: {} }, body: LARGE }],
    ['a status that JSON knows no word for', { statusCode: Number.NaN, body: LARGE }],
  ])('%s is detached, and the gateway makes the same of it', (_what, answer) => {
    const whole = encodeAnswer(answer, false);
    const { json, body } = encodeAnswer(answer, true);
    expect(whole.body).toBeUndefined();
    expect(json.length + (body?.jsonBytes ?? 0)).toBe(whole.json.length);
    expect(body?.bytes.length).toBeGreaterThan(32 * 1024);
    expect(plain(interpretAnswer(json, body && [body.bytes]))).toEqual(plain(interpretAnswer(whole.json)));
  });

  it.each<[string, unknown]>([
    ['a small body', { statusCode: 200, body: 'small' }],
    ['no status: the whole is the body', { body: LARGE }],
    ['a status that JSON leaves out', { statusCode: undefined, body: LARGE }],
    ['half a surrogate pair', { statusCode: 200, body: `${LARGE}\ud800` }],
    ['base64 that is none', { statusCode: 200, body: LARGE, isBase64Encoded: true }],
    [
      'base64 without its padding',
      { statusCode: 200, body: `${BASE64.replaceAll('=', '')}QQ`, isBase64Encoded: true },
    ],
    ['words of its own for JSON', { statusCode: 200, body: LARGE, toJSON: () => 'x' }],
    ['a class of its own', new Page()],
    ['an array', Object.assign([1], { statusCode: 200, body: LARGE })],
    ['a body that is no text', { statusCode: 200, body: Array.from(LARGE) }],
    ['text alone', LARGE],
    ['nothing', undefined],
  ])('stays where it is with %s', (_what, answer) => {
    const { json, body } = encodeAnswer(answer, true);
    expect(body).toBeUndefined();
    expect(json.toString()).toBe(JSON.stringify(answer) ?? 'null');
  });

  it('that cannot be read fails like an answer that cannot be told', () => {
    const answer = {
      statusCode: 200,
      body: LARGE,
      get more() {
        throw new Error('no');
      },
    };
    expect(() => encodeAnswer(answer, true)).toThrow('Unable to stringify response body');
  });

  it.each([true, false])('may be as large as an answer may be, and no larger (detached: %s)', (mayDetach) => {
    const most = 6 * 1024 * 1024 + 100 - JSON.stringify({ statusCode: 200, body: '' }).length;
    const answer = (length: number) => ({ statusCode: 200, body: `${'x'.repeat(length - 2)}"` });
    expect(() => encodeAnswer(answer(most), mayDetach)).not.toThrow();
    expect(() => encodeAnswer(answer(most + 1), mayDetach)).toThrow('exceeded maximum allowed payload size');
  });
});

/** Bodies as text: whether they are a Buffer or part of one is no matter. */
const plain = (interpreted: ReturnType<typeof interpretAnswer>) =>
  interpreted.ok
    ? { ...interpreted.answer, body: Buffer.from(interpreted.answer.body).toString('latin1') }
    : interpreted;
