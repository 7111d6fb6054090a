/** `faas s3 cp`: one object or all below a prefix, to S3, from it, or within it. Streams, never holds an object. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import PQueue from 'p-queue';
import { FaasError } from '../../runtime/core/errors.ts';
import type { Io } from '../io.ts';
import { keyFor, parsePlace, type Place, type S3Address } from './address.ts';
import type { S3Client } from './client.ts';

/** Enough to keep a disk busy; each holds one connection and one file. */
const AT_ONCE = 4;

export interface Copied {
  from: string;
  to: string;
}

export interface CopyOptions {
  client: S3Client;
  io: Io;
  recursive: boolean;
  onCopied(copied: Copied): void;
}

export async function copy(from: string, to: string, options: CopyOptions): Promise<void> {
  const source = parsePlace(from);
  const target = parsePlace(to);
  if (source.kind !== 's3' && target.kind !== 's3') {
    throw new FaasError('UsageError', 'neither side of the copy is in S3', {
      expected: 'one of the two as s3://BUCKET/KEY',
      got: `${from} ${to}`,
    });
  }
  const queue = new PQueue({ concurrency: AT_ONCE });
  let failed: unknown;
  for await (const one of jobs(source, target, options)) {
    if (failed !== undefined) break;
    await queue.onSizeLessThan(AT_ONCE);
    void queue
      .add(async () => {
        await one.run();
        options.onCopied({ from: one.from, to: one.to });
      })
      .catch((error: unknown) => (failed ??= error));
  }
  await queue.onIdle();
  if (failed !== undefined) throw failed;
}

interface Job extends Copied {
  run(): Promise<void>;
}

async function* jobs(source: Place, target: Place, options: CopyOptions): AsyncGenerator<Job> {
  const { client, io, recursive } = options;
  if (source.kind === 's3') {
    if (!recursive) return yield fromS3(client, io, source, target, basename(source.key));
    for await (const { objects } of client.list(source, true)) {
      for (const { key } of objects) {
        yield fromS3(client, io, { bucket: source.bucket, key }, asFolder(target), below(source.key, key));
      }
    }
    return;
  }
  if (target.kind !== 's3') return;
  if (source.kind === 'stdio')
    return yield upload(client, () => io.stdin, undefined, '-', named(target, '-'));
  const path = resolve(io.cwd, source.path);
  if (!recursive) return yield fromFile(client, path, named(target, keyFor(target.key, basename(path))));
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const name = relative(path, file).split(sep).join('/');
    const folder = target.key === '' || target.key.endsWith('/') ? target.key : `${target.key}/`;
    yield await fromFile(client, file, named(target, folder + name));
  }
}

function fromS3(client: S3Client, io: Io, from: S3Address, target: Place, name: string): Job {
  const source = `s3://${from.bucket}/${from.key}`;
  switch (target.kind) {
    case 's3': {
      const to = named(target, keyFor(target.key, name));
      return { from: source, to: `s3://${to.bucket}/${to.key}`, run: () => client.copy(from, to) };
    }
    case 'stdio': {
      const run = async (): Promise<void> => pipeline(await client.get(from), io.stdout, { end: false });
      return { from: source, to: '-', run };
    }
    case 'local': {
      const folder = resolve(io.cwd, target.path);
      const to = /[/\\]$/.test(target.path) ? target.path + name : target.path;
      return { from: source, to, run: () => download(client, from, folder, target.path, name) };
    }
  }
}

async function download(
  client: S3Client,
  from: S3Address,
  path: string,
  written: string,
  name: string,
): Promise<void> {
  const isFolder = /[/\\]$/.test(written) || (await stat(path).catch(() => undefined))?.isDirectory();
  const file = isFolder ? inside(path, name) : path;
  const body = await client.get(from);
  await mkdir(dirname(file), { recursive: true });
  // Whole or not at all: a download that breaks leaves what was there before.
  const draft = `${file}.${process.pid}.part`;
  try {
    await pipeline(body, createWriteStream(draft));
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Keys are anybody's: `../../.bashrc` must not leave the folder. */
function inside(folder: string, name: string): string {
  const file = resolve(folder, name);
  if (file.startsWith(folder + sep) && !name.endsWith('/')) return file;
  throw new FaasError('UsageError', 'the key names no file in the folder', {
    expected: 'a key that is a relative path',
    got: name,
    remedy: 'download it by itself: faas s3 cp s3://BUCKET/KEY FILE',
  });
}

async function fromFile(client: S3Client, file: string, to: S3Address): Promise<Job> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) {
    throw new FaasError('UsageError', 'there is no such file', {
      expected: found ? 'a file, or --recursive for a folder' : 'a file',
      got: file,
    });
  }
  return upload(client, () => createReadStream(file), found.size, file, to);
}

const upload = (
  client: S3Client,
  open: () => NodeJS.ReadableStream,
  size: number | undefined,
  from: string,
  to: S3Address,
): Job => ({
  from,
  to: `s3://${to.bucket}/${to.key}`,
  run: () => client.put(to, open(), size),
});

const named = ({ bucket }: S3Address, key: string): S3Address => ({ bucket, key });

/** What is copied with --recursive lands below the destination, whether or not it ends in a slash. */
function asFolder(place: Place): Place {
  if (place.kind === 's3')
    return place.key === '' ? place : { ...place, key: place.key.replace(/\/?$/, '/') };
  return place.kind === 'local' ? { ...place, path: place.path.replace(/\/?$/, '/') } : place;
}

/** The part of a key that names it below a prefix: below `in/` and below `in`, `in/cat.jpg` is `cat.jpg`. */
const below = (prefix: string, key: string): string =>
  key.slice(prefix.lastIndexOf('/') + 1 === prefix.length ? prefix.length : prefix.lastIndexOf('/') + 1);
