import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact, redactionOf } from '../../../runtime/replay/redact.ts';

const clean = (event: unknown, rules: { headers?: string[]; fields?: string[] }): unknown => {
  const redaction = redactionOf({ headers: rules.headers ?? [], fields: rules.fields ?? [] });
  return JSON.parse(Buffer.from(redact(Buffer.from(JSON.stringify(event)), redaction)).toString());
};

describe('what is left out of a recorded event', () => {
  test.each([
    {
      what: 'headers, in whatever case',
      rules: { headers: ['Authorization'] },
      event: { headers: { AUTHORIZATION: 'Bearer x', accept: '*/*' } },
      kept: { headers: { AUTHORIZATION: '[redacted]', accept: '*/*' } },
    },
    {
      what: 'cookies, where the cookie header is',
      rules: { headers: ['cookie'] },
      event: { cookies: ['session=1'], headers: {} },
      kept: { cookies: [], headers: {} },
    },
    {
      what: 'a field of that name wherever it is',
      rules: { fields: ['password'] },
      event: { password: 'a', user: { password: { old: 1 } }, list: [{ password: 2 }] },
      kept: { password: '[redacted]', user: { password: '[redacted]' }, list: [{ password: '[redacted]' }] },
    },
    {
      what: 'one field by the way to it',
      rules: { fields: ['card.number'] },
      event: { card: { number: 4, name: 'A' }, number: 5 },
      kept: { card: { number: '[redacted]', name: 'A' }, number: 5 },
    },
    {
      what: 'a field in a body of JSON',
      rules: { fields: ['body.card.number'] },
      event: { body: '{"card":{"number":4}}' },
      kept: { body: '{"card":{"number":"[redacted]"}}' },
    },
    {
      what: 'a field in a body of JSON in base64',
      rules: { fields: ['pin'] },
      event: { body: Buffer.from('{"pin":1}').toString('base64'), isBase64Encoded: true },
      kept: { body: Buffer.from('{"pin":"[redacted]"}').toString('base64'), isBase64Encoded: true },
    },
    {
      what: 'nothing of a body that is no JSON',
      rules: { fields: ['pin'] },
      event: { body: 'pin=1' },
      kept: { body: 'pin=1' },
    },
    {
      what: 'nothing without rules',
      rules: {},
      event: { headers: { cookie: 'a' } },
      kept: { headers: { cookie: 'a' } },
    },
  ])('$what', ({ rules, event, kept }) => expect(clean(event, rules)).toEqual(kept));

  const secret = 'S3CRET';
  const trees = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constant({ token: secret }),
      fc.constant({ Token: [secret] }),
      fc.constant({ text: 'a "quoted" \\ wörd 😀\u0001' }),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'headers', 'cookies'), tie('node'), { maxKeys: 3 }),
      fc.record({ body: tie('node').map((value) => JSON.stringify(value)) }),
    ),
  })).node;

  test('a named field is never in what is kept, however deep it was', () => {
    fc.assert(
      fc.property(trees, (event) => {
        const kept = JSON.stringify(clean(event, { fields: ['token', 'Token'], headers: ['x'] }));
        expect(kept).not.toContain(secret);
      }),
    );
  });

  test('headers are found in the text as they are in the tree', () => {
    fc.assert(
      fc.property(trees, fc.boolean(), (event, indented) => {
        const redaction = redactionOf({ headers: ['token', 'cookie'], fields: ['text', 'x.a'] });
        const payload = Buffer.from(JSON.stringify(event, null, indented ? 2 : undefined));
        const inText = JSON.parse(Buffer.from(redact(payload, redaction)).toString());
        const inTree = JSON.parse(
          Buffer.from(redact(payload, { ...redaction, quick: undefined })).toString(),
        );
        expect(inText).toEqual(inTree);
      }),
      { numRuns: 1000 },
    );
  });

  test('a header whose name is written with escapes is found', () => {
    const payload = Buffer.from('{"headers":{"\\u0063ookie":"S3CRET"}}');
    const kept = redact(payload, redactionOf({ headers: ['cookie'], fields: [] }));
    expect(Buffer.from(kept).toString()).not.toContain(secret);
  });

  test('an event that is no JSON is not kept at all', () => {
    const kept = redact(Buffer.from('not json'), redactionOf({ headers: [], fields: ['x'] }));
    expect(Buffer.from(kept).toString()).toBe('null');
  });
});
