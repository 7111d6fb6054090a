import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, isPublicPolicy, readPolicy } from '../../../gateway/s3/policy.ts';
import { wildcard } from '../../../gateway/s3/policy-conditions.ts';

const statement = (more: Record<string, unknown> = {}) => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::photos/*',
  ...more,
});
const policy = (...statements: unknown[]) => readPolicy(JSON.stringify({ Statement: statements }));

interface Asked {
  account?: string;
  action?: string;
  resource?: string;
  keys?: Record<string, string>;
}
const ask = (read: ReturnType<typeof policy>, { account, action, resource, keys = {} }: Asked = {}) =>
  decide(read, {
    asker: account === undefined ? 'anonymous' : { account },
    action: action ?? 's3:GetObject',
    resource: resource ?? 'arn:aws:s3:::photos/a',
    keys: (key) => keys[key],
  });

test('what no statement is about is left open, and a Deny outranks every Allow', () => {
  expect(ask(policy(statement()))).toBe('Allow');
  expect(ask(policy(statement()), { action: 's3:PutObject' })).toBeUndefined();
  expect(ask(policy(statement()), { resource: 'arn:aws:s3:::photos' })).toBeUndefined();
  expect(ask(policy(statement({ Action: 'S3:get*' })))).toBe('Allow');
  expect(ask(policy(statement(), statement({ Effect: 'Deny', Action: '*' })))).toBe('Deny');
});

test.each([
  ['ann', true],
  ['arn:aws:iam::ann:root', true],
  ['arn:aws:iam:::user/ann', true],
  ['arn:aws:iam::bob:user/ann', true],
  ['arn:aws:iam::bob:root', false],
  ['an', false],
])('the principal %s means the account ann: %s', (principal, meant) => {
  const read = policy(statement({ Principal: { AWS: [principal] } }));
  expect(ask(read, { account: 'ann' }) === 'Allow').toBe(meant);
  expect(ask(read)).toBeUndefined();
});

test.each([
  [{ StringEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'b' }, true],
  [{ StringEquals: { 's3:prefix': ['a', 'b'] } }, {}, false],
  [{ StringEqualsIfExists: { 's3:prefix': 'a' } }, {}, true],
  [{ StringNotEquals: { 's3:prefix': ['a', 'b'] } }, { 's3:prefix': 'b' }, false],
  [{ StringNotEquals: { 's3:prefix': 'a' } }, {}, true],
  [{ StringLike: { 'S3:Prefix': 'a*c?' } }, { 's3:prefix': 'abcd' }, true],
  [{ Null: { 's3:x-amz-acl': 'true' } }, {}, true],
  [{ Null: { 's3:x-amz-acl': true } }, { 's3:x-amz-acl': 'private' }, false],
  [{ Null: { 's3:x-amz-acl': 'false' } }, { 's3:x-amz-acl': 'private' }, true],
  [{ NumericLessThanEquals: { 's3:max-keys': '10' } }, { 's3:max-keys': '11' }, false],
  [{ IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '::1/128'] } }, { 'aws:sourceip': '10.1.2.3' }, true],
  [{ NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, { 'aws:sourceip': '10.1.2.3' }, false],
  [{ StringEquals: { 's3:ExistingObjectTag/Team': 'x' } }, { 's3:existingobjecttag/Team': 'x' }, true],
  [
    { StringEquals: { 's3:prefix': 'a' }, Bool: { 'aws:SecureTransport': 'true' } },
    { 's3:prefix': 'a' },
    false,
  ],
])('%j with %j holds: %s', (Condition, keys, holds) => {
  expect(ask(policy(statement({ Condition })), { keys }) === 'Allow').toBe(holds);
});

describe('is refused:', () => {
  test.each([
    ['no JSON', 'nonsense'],
    ['no statement', '{}'],
    ['no effect', JSON.stringify({ Statement: statement({ Effect: 'Maybe' }) })],
    ['no principal', JSON.stringify({ Statement: { ...statement(), Principal: undefined } })],
    ['no action', JSON.stringify({ Statement: { ...statement(), Action: [] } })],
    [
      "another bucket's resource",
      JSON.stringify({ Statement: statement({ Resource: 'arn:aws:s3:::other/*' }) }),
    ],
    ['a condition of another form', JSON.stringify({ Statement: statement({ Condition: 'x' }) })],
  ])('%s', (_name, document) => {
    expect(() => readPolicy(document, 'photos')).toThrow(
      expect.objectContaining({ code: 'MalformedPolicy' }),
    );
  });
});

test('a policy for everybody is public unless a condition makes it one for few', () => {
  expect(isPublicPolicy(policy(statement()))).toBe(true);
  expect(isPublicPolicy(policy(statement({ Principal: { AWS: 'ann' } })))).toBe(false);
  const Condition = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } };
  expect(isPublicPolicy(policy(statement({ Condition })))).toBe(false);
});

test('wildcards match what a regular expression would, and in no time', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (pattern, given) => {
      const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
      expect(wildcard(pattern, given)).toBe(new RegExp(`^${expression}$`).test(given));
    }),
  );
  expect(wildcard(`${'*a'.repeat(500)}b`, 'a'.repeat(5000))).toBe(false);
});
