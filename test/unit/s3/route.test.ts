import { describe, expect, test } from 'vitest';
import { parseTarget } from '../../../gateway/aws/uri.ts';
import { resourceOf } from '../../../gateway/s3/resource.ts';
import { routeOf } from '../../../gateway/s3/route.ts';

function route(line: string, copies = false): string {
  const [method = '', target = ''] = line.split(' ');
  const { rawPath, query } = parseTarget(target);
  try {
    return routeOf({ method, resource: resourceOf({ rawPath, virtualHost: undefined }), query, copies });
  } catch (error) {
    return Reflect.get(error as object, 'code') as string;
  }
}

test.each([
  ['GET /', 'ListBuckets'],
  ['GET /?x-id=ListBuckets', 'ListBuckets'],
  ['PUT /photos', 'CreateBucket'],
  ['PUT /photos/', 'CreateBucket'],
  ['HEAD /photos', 'HeadBucket'],
  ['DELETE /photos', 'DeleteBucket'],
  ['GET /photos?location', 'GetBucketLocation'],
  ['GET /photos?location=', 'GetBucketLocation'],
  ['GET /photos?acl', 'GetBucketAcl'],
  ['PUT /photos?acl', 'PutBucketAcl'],
  ['GET /photos?versioning', 'GetBucketVersioning'],
  ['PUT /photos?versioning', 'PutBucketVersioning'],
  ['GET /photos?versions&prefix=a', 'ListObjectVersions'],
  ['PUT /photos?cors', 'PutBucketDocument'],
  ['GET /photos?lifecycle', 'GetBucketDocument'],
  ['DELETE /photos?policy', 'DeleteBucketDocument'],
  ['GET /photos?policyStatus', 'GetBucketPolicyStatus'],
  ['PUT /photos/a?acl', 'PutObjectAcl'],
  ['GET /photos/a?tagging&versionId=1', 'GetObjectTagging'],
  ['DELETE /photos/a?tagging', 'DeleteObjectTagging'],
  ['GET /photos/a?attributes', 'GetObjectAttributes'],
  ['PUT /photos/a?retention', 'PutObjectRetention'],
  ['GET /photos/a?legal-hold&versionId=1', 'GetObjectLegalHold'],
  ['DELETE /photos/a?versionId=1', 'DeleteObject'],
  ['GET /photos', 'ListObjects'],
  ['GET /photos?list-type=2&prefix=a', 'ListObjectsV2'],
  ['GET /photos?uploads', 'ListMultipartUploads'],
  ['POST /photos?delete', 'DeleteObjects'],
  ['GET /photos/a', 'GetObject'],
  ['GET /photos/a?response-content-type=a/b', 'GetObject'],
  ['GET /photos/a?cache-buster=1', 'GetObject'],
  ['GET /photos/a?uploadId=1', 'ListParts'],
  ['HEAD /photos/a?partNumber=1', 'HeadObject'],
  ['PUT /photos/a?x-id=PutObject', 'PutObject'],
  ['PUT /photos/a?X-Amz-Signature=1&X-Amz-Expires=2', 'PutObject'],
  ['PUT /photos/a?partNumber=1&uploadId=2', 'UploadPart'],
  ['POST /photos/a?uploads', 'CreateMultipartUpload'],
  ['POST /photos/a?uploadId=1', 'CompleteMultipartUpload'],
  ['DELETE /photos/a?uploadId=1', 'AbortMultipartUpload'],
  ['DELETE /photos/a', 'DeleteObject'],
])('%s is %s', (line, operation) => {
  expect(route(line)).toBe(operation);
});

test.each([
  ['PUT /photos/a', 'CopyObject'],
  ['PUT /photos/a?partNumber=1&uploadId=2', 'UploadPartCopy'],
])('%s with a copy source is %s', (line, operation) => {
  expect(route(line, true)).toBe(operation);
});

describe('what is not served is refused, never taken for something else', () => {
  test.each(['torrent', 'attributes', 'renameObject', 'somethingNew'].map((name) => [name]))(
    'PUT of an object ?%s',
    (name) => {
      expect(route(`PUT /photos/a?${name}`)).toBe('NotImplemented');
      expect(route(`PUT /photos/a?${name}=`)).toBe('NotImplemented');
      expect(route(`DELETE /photos/a?${name}`)).toBe('NotImplemented');
    },
  );

  test.each([
    'GET /photos?analytics&id=1',
    'PUT /photos?inventory&id=1',
    'DELETE /photos?acl',
    'DELETE /photos?versioning',
    'PUT /photos?policyStatus',
    'DELETE /photos/a?retention',
    'POST /photos/a?select&select-type=2',
    'POST /photos/a?restore',
    'PUT /photos/a?uploadId=1',
  ])('%s', (line) => {
    expect(route(line)).toBe('NotImplemented');
  });

  test.each(['POST /', 'PUT /', 'POST /photos/a', 'PATCH /photos/a', 'POST /photos'])('%s', (line) => {
    expect(route(line)).toBe('MethodNotAllowed');
  });
});
