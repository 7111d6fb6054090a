import { expect, test } from 'vitest';
import { parseQuery } from '../../../gateway/aws/uri.ts';
import { effectiveHeaders } from '../../../gateway/s3/call.ts';

const headersOf = (query: string, headers = {}) => effectiveHeaders({ headers, query: parseQuery(query) });

test('a presigned URL carries headers as parameters, as they would have come in the header', () => {
  expect(headersOf('x-amz-meta-k=%C3%BC&X-Amz-Acl=private&prefix=a', { host: 'localhost' })).toEqual({
    host: 'localhost',
    'x-amz-meta-k': Buffer.from('ü').toString('latin1'),
    'x-amz-acl': 'private',
  });
});

test('a header outranks the parameter of its name', () => {
  expect(headersOf('x-amz-acl=private', { 'x-amz-acl': 'public-read' })).toEqual({
    'x-amz-acl': 'public-read',
  });
});

test.each([
  'X-Amz-Signature=a',
  'X-Amz-Expires=1',
  'x-amz-checksum-crc32=AAAAAA%3D%3D',
  'x-amz-sdk-checksum-algorithm=CRC32',
  'x-id=PutObject',
])('%s stands for no header', (query) => {
  expect(headersOf(query)).toEqual({});
});

test.each(['x-amz-meta-k=a%0Ab', 'x-amz-meta-k=%00', 'x-amz-meta-a%20b=c', 'x-amz-meta-a%3A=c'])(
  '%s, which no header can hold, is refused',
  (query) => {
    expect(() => headersOf(query)).toThrow(/header/);
  },
);
