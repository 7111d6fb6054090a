import { describe, expect, test } from 'vitest';
import {
  ALL_USERS,
  aclDocument,
  aclFromHeaders,
  allows,
  cannedAcl,
  isPublic,
  readAclDocument,
} from '../../../gateway/s3/acl.ts';
import { buildXml, parseXml } from '../../../gateway/s3/xml.ts';

const sides = { owner: 'ann', bucketOwner: 'bob' };
const knows = (account: string): boolean => ['ann', 'bob'].includes(account);

test.each([
  ['private', 'bob', 'READ', false],
  ['private', 'ann', 'WRITE_ACP', true],
  ['public-read', 'anonymous', 'READ', true],
  ['public-read', 'anonymous', 'WRITE', false],
  ['public-read-write', 'anonymous', 'WRITE', true],
  ['authenticated-read', 'anonymous', 'READ', false],
  ['authenticated-read', 'carl', 'READ', true],
  ['bucket-owner-read', 'bob', 'READ', true],
  ['bucket-owner-read', 'bob', 'READ_ACP', false],
  ['bucket-owner-full-control', 'bob', 'WRITE_ACP', true],
  ['log-delivery-write', 'anonymous', 'WRITE', false],
] as const)('%s lets %s %s: %s', (name, who, permission, answer) => {
  const asker = who === 'anonymous' ? who : { account: who };
  expect(allows(cannedAcl(name, sides), asker, permission)).toBe(answer);
});

test('a document is read as it was written', () => {
  const acl = [...cannedAcl('public-read', sides), ...cannedAcl('bucket-owner-read', sides)];
  const xml = buildXml('AccessControlPolicy', aclDocument('ann', acl));
  expect(xml).toContain('xsi:type="Group"');
  expect(readAclDocument(parseXml(xml, 'AccessControlPolicy'), 'ann', knows)).toEqual(acl);
  expect(() => readAclDocument(parseXml(xml, 'AccessControlPolicy'), 'bob', knows)).toThrow(/Denied/);
});

describe('headers', () => {
  test('name grantees by id, group and, where a name is one, address', () => {
    const headers = { 'x-amz-grant-read': `id="ann", uri="${ALL_USERS}"`, 'x-amz-grant-write': 'id=bob' };
    const acl = aclFromHeaders(headers, sides, knows) ?? [];
    expect(acl).toHaveLength(3);
    expect([isPublic(acl), allows(acl, { account: 'bob' }, 'WRITE')]).toEqual([true, true]);
  });

  test('that say nothing of it leave it undefined', () => {
    expect(aclFromHeaders({ 'content-type': 'a/b' }, sides, knows)).toBeUndefined();
  });

  test.each([
    [{ 'x-amz-acl': 'nonsense' }, 'InvalidArgument'],
    [{ 'x-amz-grant-read': 'id=stranger' }, 'InvalidArgument'],
    [{ 'x-amz-grant-read': 'uri=http://example.com/all' }, 'InvalidArgument'],
    [{ 'x-amz-grant-read': 'emailAddress=no@example.com' }, 'UnresolvableGrantByEmailAddress'],
    [{ 'x-amz-grant-read': 'everybody' }, 'InvalidArgument'],
    [{ 'x-amz-grant-read': 'id=ann', 'x-amz-acl': 'private' }, 'InvalidRequest'],
  ])('%o are refused with %s', (headers, code) => {
    expect(() => aclFromHeaders(headers, sides, knows)).toThrow(expect.objectContaining({ code }));
  });
});
