import { expect, test } from 'vitest';
import { keptHeaders, refuseUnsupported, storageClassOf } from '../../../gateway/s3/object-headers.ts';

test('what describes the object is kept as it came, the rest is not', () => {
  const headers = {
    'content-type': 'image/jpeg; charset=odd',
    'content-encoding': 'gzip',
    'cache-control': 'max-age=60',
    expires: 'whenever',
    'x-amz-meta-camera': 'M\u00fcller',
    'x-amz-acl': 'private',
    'x-amz-date': 'x',
    host: 'localhost',
    'user-agent': 'curl',
  };
  expect(keptHeaders(headers)).toEqual({
    'content-type': 'image/jpeg; charset=odd',
    'content-encoding': 'gzip',
    'cache-control': 'max-age=60',
    expires: 'whenever',
    'x-amz-meta-camera': 'M\u00fcller',
  });
});

test('an object without a type has the type of S3', () => {
  expect(keptHeaders({})).toEqual({ 'content-type': 'binary/octet-stream' });
});

test.each([
  ['aws-chunked', undefined],
  ['aws-chunked,gzip', 'gzip'],
  ['gzip, aws-chunked', 'gzip'],
  ['gzip,br', 'gzip,br'],
])('of the content encoding %s, %s is kept', (sent, kept) => {
  expect(keptHeaders({ 'content-encoding': sent })['content-encoding']).toBe(kept);
});

test('metadata is limited to 2 KB, names counted without their prefix', () => {
  const name = 'x-amz-meta-abcdefgh';
  expect(() => keptHeaders({ [name]: 'x'.repeat(2040) })).not.toThrow();
  expect(() => keptHeaders({ [name]: 'x'.repeat(2041) })).toThrow(/metadata/);
});

test.each([
  [{ 'x-amz-acl': 'private', 'x-amz-tagging': 'a=b' }, undefined],
  [{ 'x-amz-write-offset-bytes': '1' }, 'NotImplemented'],
  [{ 'x-amz-server-side-encryption': 'AES256' }, undefined],
  [{ 'x-amz-server-side-encryption': 'rot13' }, 'InvalidArgument'],
  [{ 'x-amz-server-side-encryption-customer-key': 'x' }, 'NotImplemented'],
])('%o is answered with %s', (headers, code) => {
  let thrown: unknown;
  try {
    refuseUnsupported(headers);
  } catch (error) {
    thrown = Reflect.get(error as object, 'code');
  }
  expect(thrown).toBe(code);
});

test('storage classes are kept, unknown ones refused', () => {
  expect(storageClassOf({})).toBe('STANDARD');
  expect(storageClassOf({ 'x-amz-storage-class': 'GLACIER' })).toBe('GLACIER');
  expect(() => storageClassOf({ 'x-amz-storage-class': 'SHED' })).toThrow(/storage class/);
});
