import { describe, expect, test } from 'vitest';
import { virtualHostBases, virtualHostOf } from '../../../gateway/aws/host.ts';
import { parseTarget } from '../../../gateway/aws/uri.ts';
import { parseCopySource, resourceOf } from '../../../gateway/s3/resource.ts';

const pathStyle = (target: string) =>
  resourceOf({ rawPath: parseTarget(target).rawPath, virtualHost: undefined });

test.each([
  ['/', undefined, undefined],
  ['/photos', 'photos', undefined],
  ['/photos/', 'photos', undefined],
  ['/photos/a', 'photos', 'a'],
  ['/photos//a', 'photos', '/a'],
  ['/photos/a//b/', 'photos', 'a//b/'],
  ['/photos/../etc/passwd', 'photos', '../etc/passwd'],
  ['/photos/a/./b/..', 'photos', 'a/./b/..'],
  ['/photos/a+b', 'photos', 'a+b'],
  ['/photos/a%20b', 'photos', 'a b'],
  ['/photos/a%2Fb', 'photos', 'a/b'],
  ['/photos/a%252Fb', 'photos', 'a%2Fb'],
  ['/photos/%C3%BC%F0%9F%98%80', 'photos', 'ü😀'],
  ['/photos/constructor', 'photos', 'constructor'],
  ['/photos/__proto__', 'photos', '__proto__'],
  ['/photos/a%00b', 'photos', 'a\0b'],
  ['http://localhost:4566/photos/a/../b?x', 'photos', 'a/../b'],
])('%s is bucket %s, key %s', (target, bucket, key) => {
  expect(pathStyle(target)).toEqual({ bucket, key });
});

test.each(['/photos/%', '/photos/%zz', '/photos/%ff', '/photos/%C3', '/photos/%ED%A0%80'])(
  '%s, which is not UTF-8, is refused',
  (target) => {
    expect(() => pathStyle(target)).toThrow(/URI/);
  },
);

test('keys are measured in bytes', () => {
  expect(pathStyle(`/photos/${'a'.repeat(1024)}`).key).toHaveLength(1024);
  expect(() => pathStyle(`/photos/${'a'.repeat(1025)}`)).toThrow(/too long/);
  expect(() => pathStyle(`/photos/${'%C3%BC'.repeat(513)}`)).toThrow(/too long/);
});

describe('virtual hosts', () => {
  const bases = virtualHostBases(['127.0.0.1', 'host.docker.internal', '*.example.test']);
  test.each([
    ['localhost:4566', undefined],
    ['s3.localhost', undefined],
    ['127.0.0.1:4566', undefined],
    ['photos.127.0.0.1:4566', undefined],
    ['photos.localhost:4566', 'photos'],
    ['photos.s3.localhost', 'photos'],
    ['a.dotted.bucket.localhost', 'a.dotted.bucket'],
    ['photos.host.docker.internal:4566', 'photos'],
    ['PHOTOS.Example.Test', 'photos'],
    ['localhost.evil.com', undefined],
    [undefined, undefined],
  ])('%s means the bucket %s', (host, bucket) => {
    expect(virtualHostOf(host, bases)).toBe(bucket);
  });

  test('leave the whole path to the key', () => {
    expect(resourceOf({ rawPath: '/a/b', virtualHost: 'photos' })).toEqual({ bucket: 'photos', key: 'a/b' });
    expect(resourceOf({ rawPath: '/', virtualHost: 'photos' })).toEqual({ bucket: 'photos', key: undefined });
  });
});

test.each([
  ['photos/a', 'photos', 'a', undefined],
  ['/photos/a%20b', 'photos', 'a b', undefined],
  ['photos/a?versionId=null', 'photos', 'a', 'null'],
  ['photos/a%3FversionId=x', 'photos', 'a?versionId=x', undefined],
])('the copy source %s is read', (header, bucket, key, versionId) => {
  expect(parseCopySource(header)).toEqual({ bucket, key, versionId });
});

test.each(['', 'photos', '/photos/', '/'])('the copy source "%s" is refused', (header) => {
  expect(() => parseCopySource(header)).toThrow(/Copy Source/);
});
