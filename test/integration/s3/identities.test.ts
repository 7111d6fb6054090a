/** Several accounts on one endpoint: each sees its own buckets, and a function acts for the first one. */
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { CREDENTIALS, recordsOf, startEndpoint, triggeredBy } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

const OTHER = { accessKeyId: 'other', secretAccessKey: 'other-secret', account: 'other' };
const SECOND_KEY = { accessKeyId: 'second', secretAccessKey: 'second-secret', account: 'faas' };

const start = (): Promise<Endpoint> =>
  startEndpoint({
    credentials: [OTHER, SECOND_KEY],
    functions: [triggeredBy('resize', { bucket: 'theirs' })],
  });

const clientOf = ({ url }: Endpoint, credentials: { accessKeyId: string; secretAccessKey: string }) =>
  new S3Client({ endpoint: url, region: 'us-east-1', credentials, forcePathStyle: true });

const bucketsOf = async (client: S3Client): Promise<(string | undefined)[]> =>
  ((await client.send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name }) => Name);

test('each account lists its own buckets', async () => {
  await using endpoint = await start();
  const [owner, other] = [clientOf(endpoint, CREDENTIALS), clientOf(endpoint, OTHER)];
  await other.send(new CreateBucketCommand({ Bucket: 'mine' }));
  expect(await bucketsOf(owner)).toEqual(['photos', 'theirs']);
  expect(await bucketsOf(other)).toEqual(['mine']);
  const { Owner } = await other.send(new ListBucketsCommand({}));
  expect(Owner?.ID).toBe('other');
});

test('a name that another account has is taken', async () => {
  await using endpoint = await start();
  await expect(
    clientOf(endpoint, OTHER).send(new CreateBucketCommand({ Bucket: 'photos' })),
  ).rejects.toMatchObject({ name: 'BucketAlreadyExists' });
});

test('nobody reads or writes what another account has', async () => {
  await using endpoint = await start();
  await endpoint.fetch('/photos/a', { method: 'PUT', body: 'meow' });
  const other = clientOf(endpoint, OTHER);
  for (const request of [
    () => other.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a' })),
    () => other.send(new PutObjectCommand({ Bucket: 'photos', Key: 'b', Body: 'x' })),
    () => other.send(new ListObjectsV2Command({ Bucket: 'photos' })),
  ]) {
    await expect(request()).rejects.toMatchObject({ name: 'AccessDenied' });
  }
});

test('a further key of the same account has all that account has', async () => {
  await using endpoint = await start();
  expect(await bucketsOf(clientOf(endpoint, SECOND_KEY))).toEqual(['photos', 'theirs']);
});

test('a sandbox acts for the first account, and its events name it', async () => {
  await using endpoint = await start();
  const identity = {
    accessKeyId: 'FAASSANDBOX',
    secretAccessKey: 'secret',
    functionName: 'resize',
    instanceId: 'abc',
    currentRequestId: 'parent',
  };
  endpoint.identities.set(identity.accessKeyId, identity);
  const sandbox = clientOf(endpoint, identity);
  expect(await bucketsOf(sandbox)).toEqual(['photos', 'theirs']);
  await sandbox.send(new PutObjectCommand({ Bucket: 'theirs', Key: 'a', Body: 'x' }));
  expect(endpoint.enqueued).toMatchObject([{ parentRequestId: 'parent' }]);
  expect(recordsOf(endpoint.enqueued)[0]).toMatchObject({
    userIdentity: { principalId: 'AWS:FAASSANDBOX' },
    s3: { bucket: { ownerIdentity: { principalId: 'faas' } } },
  });
});
