import { describe, expect, test } from 'vitest';
import { checkPostPolicy, readPostPolicy, sizeRange } from '../../../gateway/s3/post-policy.ts';

const NOW = Date.parse('2026-11-01T12:00:00Z');
const encode = (policy: unknown): string => Buffer.from(JSON.stringify(policy)).toString('base64');
const policy = (...conditions: unknown[]) =>
  readPostPolicy(encode({ expiration: '2026-11-01T12:00:01.000Z', conditions }));

function check(conditions: unknown[], fields: Record<string, string>, now = NOW): string {
  try {
    checkPostPolicy(policy(...conditions), new Map(Object.entries(fields)), now);
    return 'fits';
  } catch (error) {
    return (error as Error).message;
  }
}

test.each([
  [[{ key: 'a' }], { key: 'a' }, 'fits'],
  [[['eq', '$key', 'a']], { key: 'b' }, 'Policy Condition failed'],
  [[['starts-with', '$key', 'a/']], { key: 'a/b' }, 'fits'],
  [[['starts-with', '$key', '']], { key: 'anything' }, 'fits'],
  [[{ Key: 'a' }], { key: 'a', 'x-ignore-this': 'b', policy: 'p', signature: 's' }, 'fits'],
  [[{ key: 'a' }], { key: 'a', acl: 'public-read' }, 'Extra input fields: acl'],
  [[{ key: 'a' }, { acl: 'private' }], { key: 'a' }, 'Policy Condition failed'],
  [[['starts-with', '$content-type', 'image/']], { 'content-type': 'image/png,image/gif' }, 'fits'],
  [
    [['starts-with', '$content-type', 'image/']],
    { 'content-type': 'image/png,text/html' },
    'Policy Condition failed',
  ],
])('%j with %j: %s', (conditions, fields, outcome) => {
  expect(check(conditions, fields)).toContain(outcome);
});

test('a policy ends when it says', () => {
  expect(check([{ key: 'a' }], { key: 'a' }, NOW + 1001)).toContain('Policy expired');
});

test('the narrowest of several size ranges counts', () => {
  expect(sizeRange(policy(['content-length-range', 1, 10], ['content-length-range', 0, 5]))).toEqual({
    min: 1,
    max: 5,
  });
  expect(sizeRange(policy())).toEqual({ min: 0, max: Number.POSITIVE_INFINITY });
});

describe('is refused:', () => {
  test.each([
    ['no JSON', Buffer.from('nonsense').toString('base64')],
    ['no base64', '%%%'],
    ['an array', encode([])],
    ['no expiration', encode({ conditions: [] })],
    ['another notation of time', encode({ expiration: 'tomorrow', conditions: [] })],
    ['no conditions', encode({ expiration: '2026-11-01T12:00:01Z' })],
    ['an empty condition', encode({ expiration: '2026-11-01T12:00:01Z', conditions: [{}] })],
    [
      'an unknown operator',
      encode({ expiration: '2026-11-01T12:00:01Z', conditions: [['ends-with', '$key', 'a']] }),
    ],
    ['a field without $', encode({ expiration: '2026-11-01T12:00:01Z', conditions: [['eq', 'key', 'a']] })],
    [
      'a range without end',
      encode({ expiration: '2026-11-01T12:00:01Z', conditions: [['content-length-range', 1]] }),
    ],
    [
      'a range backwards',
      encode({ expiration: '2026-11-01T12:00:01Z', conditions: [['content-length-range', 2, 1]] }),
    ],
  ])('%s', (_name, text) => {
    expect(() => readPostPolicy(text)).toThrow(expect.objectContaining({ code: 'InvalidPolicyDocument' }));
  });
});
