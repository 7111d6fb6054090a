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

  test('a named secret is never in what is kept, however deep it was', () => {
    const secret = 'S3CRET';
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constant({ token: secret }),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'body', 'headers'), tie('node'), { maxKeys: 3 }),
        fc.record({ body: tie('node').map((value) => JSON.stringify(value)) }),
      ),
    })).node;
    fc.assert(
      fc.property(tree, (event) => {
        // Under `headers` names are headers.
        const kept = JSON.stringify(clean(event, { fields: ['token'], headers: ['token'] }));
        expect(kept).not.toContain(secret);
      }),
    );
  });

  test('an event that is no JSON is not kept at all', () => {
    const kept = redact(Buffer.from('not json'), redactionOf({ headers: [], fields: ['x'] }));
    expect(Buffer.from(kept).toString()).toBe('null');
  });
});
