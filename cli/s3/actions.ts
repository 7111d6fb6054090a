/** What each action of `faas s3` does. */
import PQueue from 'p-queue';
import { requireRuntime } from '../client/locate.ts';
import type { StatusResponse } from '../client/responses.ts';
import type { Context } from '../context.ts';
import { load } from '../load.ts';
import { formatBytes, plural, printable } from '../terminal/format.ts';
import { parseS3Address } from './address.ts';
import { S3Client } from './client.ts';
import type { ListedObject } from './client.ts';
import { copy, type Copied } from './copy.ts';

type Action = (context: Context, places: string[], recursive: boolean) => Promise<void>;

const DELETES_AT_ONCE = 8;

async function ls(context: Context, [place]: string[], recursive: boolean): Promise<void> {
  const client = await connect(context);
  if (place === undefined) {
    const buckets = await client.buckets();
    return context.result({ buckets }, () =>
      buckets.map(({ name, createdAt }) => `${stamp(context, createdAt)}  ${name}`).join('\n'),
    );
  }
  // --json is one document; for people each page is written as it comes.
  const all: { objects: ListedObject[]; prefixes: string[] } = { objects: [], prefixes: [] };
  for await (const { objects, prefixes } of client.list(parseS3Address(place), recursive)) {
    if (context.json) {
      all.objects.push(...objects);
      all.prefixes.push(...prefixes);
      continue;
    }
    for (const prefix of prefixes)
      context.write(`${' '.repeat(19)}  ${'PRE'.padStart(8)}  ${printable(prefix)}`);
    for (const { key, size, modifiedAt } of objects) {
      context.write(`${stamp(context, modifiedAt)}  ${formatBytes(size).padStart(8)}  ${printable(key)}`);
    }
  }
  if (context.json) context.writeJson(all);
}

async function cp(context: Context, [from = '', to = '']: string[], recursive: boolean): Promise<void> {
  const client = await connect(context);
  const copied: Copied[] = [];
  const toStdout = to === '-';
  const { io } = context;
  await copy(from, to, {
    client,
    io,
    recursive,
    onCopied(one) {
      if (toStdout) return;
      if (context.json) copied.push(one);
      else context.write(`${printable(one.from)} ${context.colors.dim('→')} ${printable(one.to)}`);
    },
  });
  if (context.json && !toStdout) context.writeJson({ copied });
}

async function rm(context: Context, [place]: string[], recursive: boolean): Promise<void> {
  const address = parseS3Address(place);
  const client = await connect(context);
  const deleted: string[] = [];
  const remove = async (key: string): Promise<void> => {
    await client.delete({ bucket: address.bucket, key });
    deleted.push(key);
  };
  if (recursive) {
    const queue = new PQueue({ concurrency: DELETES_AT_ONCE });
    for await (const { objects } of client.list(address, true)) {
      await queue.addAll(
        objects.map(
          ({ key }) =>
            () =>
              remove(key),
        ),
      );
    }
  } else {
    await remove(address.key);
  }
  context.result({ deleted }, () => `deleted ${plural(deleted.length, 'object')}`);
}

async function mb(context: Context, [place]: string[]): Promise<void> {
  const { bucket } = parseS3Address(place);
  await (await connect(context)).createBucket(bucket);
  context.result({ created: bucket }, () => `created ${bucket}`);
}

async function rb(context: Context, [place]: string[]): Promise<void> {
  const { bucket } = parseS3Address(place);
  await (await connect(context)).deleteBucket(bucket);
  context.result({ removed: bucket }, () => `removed ${bucket}`);
}

export const actions = { ls, cp, rm, mb, rb } satisfies Record<string, Action>;

/** With the first pair of keys of the configuration, hence as the owner of its buckets. */
async function connect(context: Context): Promise<S3Client> {
  const [{ config }, admin] = await Promise.all([load(context), requireRuntime(context)]);
  const { awsEndpoint } = await admin.get<StatusResponse>('/api/status');
  const [keys = { accessKeyId: 'faas', secretAccessKey: 'faas-secret' }] = config.credentials;
  return new S3Client(awsEndpoint, keys, config.region);
}

const stamp = ({ colors }: Context, at: string): string => colors.dim(at.slice(0, 19).replace('T', ' '));
