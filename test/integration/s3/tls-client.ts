/** Uploads a stream with the SDK's default settings, over TLS, and reads it back. argv: the endpoint. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const client = new S3Client({
  endpoint: process.argv[2] ?? '',
  region: 'us-east-1',
  credentials: { accessKeyId: 'faas', secretAccessKey: 'faas-secret' },
  forcePathStyle: true,
});
const bytes = randomBytes(300_000);
const Body = Readable.from([bytes.subarray(0, 100_001), bytes.subarray(100_001)]);
await client.send(new PutObjectCommand({ Bucket: 'photos', Key: 'sdk', Body, ContentLength: bytes.length }));
const answer = await client.send(new GetObjectCommand({ Bucket: 'photos', Key: 'sdk' }));
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const back = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
process.stdout.write(
  JSON.stringify({ equal: sha256(back) === sha256(bytes), encoding: answer.ContentEncoding ?? null }),
);
