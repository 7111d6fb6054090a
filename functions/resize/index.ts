/** Makes a thumbnail of every picture that is uploaded: `photos/in/cat.jpg` becomes `thumbnails/cat.jpg`. */
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { thumbnailOf } from './thumbnail.ts';

interface S3Event {
  Records: { s3: { bucket: { name: string }; object: { key: string } } }[];
}

const BUCKET = process.env['THUMBNAILS_BUCKET'] ?? 'thumbnails';
const WIDTH = Number(process.env['THUMBNAIL_WIDTH'] ?? 320);

// Made once for each sandbox: warm invocations reuse its connection. The address is AWS_ENDPOINT_URL's.
const s3 = new S3Client({ forcePathStyle: true });

export const handler = async (event: S3Event): Promise<{ thumbnails: string[] }> => {
  const thumbnails: string[] = [];
  for (const { s3: source } of event.Records) {
    thumbnails.push(await resize(source.bucket.name, decodeKey(source.object.key)));
  }
  return { thumbnails };
};

async function resize(bucket: string, key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (!(Body instanceof Readable)) throw new Error(`${bucket}/${key} has no content`);
  const thumbnail = await thumbnailOf(Body, WIDTH, key);
  const name = basename(key);
  await s3.send(
    new PutObjectCommand({
      Bucket: BUCKET,
      Key: name,
      Body: thumbnail.data,
      ContentType: `image/${thumbnail.format}`,
    }),
  );
  console.log(
    `${bucket}/${key} → ${BUCKET}/${name}, ${thumbnail.width} × ${thumbnail.height} ${thumbnail.format}`,
  );
  return `${BUCKET}/${name}`;
}

/** Keys in S3 events are encoded as in a form: a space is `+`. */
const decodeKey = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));
