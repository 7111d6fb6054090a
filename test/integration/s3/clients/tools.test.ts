/**
 * Clients in other languages, with their default settings, where they are installed: rclone, s3cmd, boto3's
 * managed transfers. The Go SDKs have to be fetched first: `FAAS_TEST_CLIENTS=all` asks for them.
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CREDENTIALS, startEndpoint } from '../endpoint.ts';
import type { Endpoint } from '../endpoint.ts';

const run = promisify(execFile);
const works = (program: string, ...args: string[]): Promise<boolean> =>
  run(program, args).then(
    () => true,
    () => false,
  );
const [hasRclone, hasS3cmd, hasBoto3, hasGo] = await Promise.all([
  works('rclone', 'version'),
  works('s3cmd', '--version'),
  works('python3', '-c', 'import boto3'),
  process.env['FAAS_TEST_CLIENTS'] === 'all' && works('go', 'version'),
]);

const LARGE = randomBytes(20_000_000);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let endpoint: Endpoint;
let folder: string;
beforeAll(async () => {
  endpoint = await startEndpoint();
  folder = await mkdtemp(join(tmpdir(), 'faas-s3-tools-'));
  await mkdir(join(folder, 'tree', 'x'), { recursive: true });
  await writeFile(join(folder, 'tree', 'large'), LARGE);
  await writeFile(join(folder, 'tree', 'x', 'ü +.txt'), 'hello');
});
afterAll(async () => {
  await endpoint[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Nothing of the machine's own AWS settings. */
const environment = () => ({ PATH: process.env['PATH'], HOME: folder });
const urlOf = (stdout: string): string => /http:\S+/.exec(stdout)?.[0] ?? '';

describe.skipIf(!hasRclone)('rclone', () => {
  const rclone = async (...args: string[]): Promise<string> => {
    const options = { cwd: folder, env: environment() };
    return (await run('rclone', ['--config', 'rclone.conf', ...args], options)).stdout;
  };
  beforeAll(() =>
    writeFile(
      join(folder, 'rclone.conf'),
      [
        '[s3]',
        'type = s3',
        'provider = Other',
        `access_key_id = ${CREDENTIALS.accessKeyId}`,
        `secret_access_key = ${CREDENTIALS.secretAccessKey}`,
        `endpoint = ${endpoint.url}`,
      ].join('\n'),
    ),
  );

  test('copies a tree there and back, in parts, and finds no difference', async () => {
    const inParts = ['--s3-chunk-size', '5M', '--s3-upload-cutoff', '6M'];
    await rclone('copy', 'tree', 's3:rclone/t', ...inParts);
    await rclone('check', 'tree', 's3:rclone/t');
    await rclone('copy', 's3:rclone/t', 'back');
    expect(sha256(await readFile(join(folder, 'back', 'large')))).toBe(sha256(LARGE));
  });

  test('copies within, lists, shares a link and cleans up', async () => {
    await rclone('copy', 's3:rclone/t', 's3:rclone/u');
    const files = (await rclone('lsf', '-R', '--files-only', 's3:rclone')).trim().split('\n');
    expect(files.toSorted()).toEqual(['t/large', 't/x/ü +.txt', 'u/large', 'u/x/ü +.txt']);
    const link = urlOf(await rclone('link', 's3:rclone/t/large', '--expire', '1h'));
    expect(sha256(await (await fetch(link)).bytes())).toBe(sha256(LARGE));
    await rclone('purge', 's3:rclone');
    expect(await rclone('lsd', 's3:')).not.toContain('rclone');
  });
});

describe.skipIf(!hasS3cmd)('s3cmd', () => {
  const s3cmd = async (...args: string[]): Promise<string> => {
    const options = { cwd: folder, env: environment() };
    return (await run('s3cmd', ['-c', 's3cfg', ...args], options)).stdout;
  };
  beforeAll(() =>
    writeFile(
      join(folder, 's3cfg'),
      [
        '[default]',
        `access_key = ${CREDENTIALS.accessKeyId}`,
        `secret_key = ${CREDENTIALS.secretAccessKey}`,
        `host_base = ${endpoint.url.slice('http://'.length)}`,
        `host_bucket = ${endpoint.url.slice('http://'.length)}`,
        'use_https = False',
      ].join('\n'),
    ),
  );

  test('puts in parts, gets, copies, moves, signs and deletes', async () => {
    await s3cmd('mb', 's3://s3cmd');
    await s3cmd('put', 'tree/large', 's3://s3cmd/a b/large', '--multipart-chunk-size-mb=5');
    await s3cmd('get', 's3://s3cmd/a b/large', 'from-s3cmd');
    expect(sha256(await readFile(join(folder, 'from-s3cmd')))).toBe(sha256(LARGE));
    await s3cmd('cp', 's3://s3cmd/a b/large', 's3://s3cmd/copy');
    await s3cmd('mv', 's3://s3cmd/copy', 's3://s3cmd/moved');
    expect(await s3cmd('ls', '-r', 's3://s3cmd')).toMatch(/a b\/large[^]*moved/);
    await s3cmd('setacl', '--acl-public', 's3://s3cmd/moved');
    expect(await s3cmd('info', 's3://s3cmd/moved')).toContain('*anon*: READ');
    const signed = urlOf(await s3cmd('signurl', 's3://s3cmd/moved', '+60'));
    expect(sha256(await (await fetch(signed)).bytes())).toBe(sha256(LARGE));
    await s3cmd('del', '-r', '-f', 's3://s3cmd/');
    await s3cmd('rb', 's3://s3cmd');
  });
});

test.skipIf(!hasBoto3)('boto3 moves files in parts, many at once', async () => {
  const script = `
import boto3, filecmp, os
s3 = boto3.client("s3", endpoint_url=os.environ["URL"], region_name="us-east-1", aws_access_key_id="faas", aws_secret_access_key="faas-secret")
s3.create_bucket(Bucket="boto3")
s3.upload_file("tree/large", "boto3", "a b/large", ExtraArgs={"Metadata": {"m": "1"}})
s3.copy({"Bucket": "boto3", "Key": "a b/large"}, "boto3", "copy")
s3.download_file("boto3", "copy", "from-boto3")
assert filecmp.cmp("tree/large", "from-boto3", shallow=False)
assert s3.head_object(Bucket="boto3", Key="a b/large")["Metadata"] == {"m": "1"}
bucket = boto3.resource("s3", endpoint_url=os.environ["URL"], region_name="us-east-1", aws_access_key_id="faas", aws_secret_access_key="faas-secret").Bucket("boto3")
bucket.objects.all().delete()
bucket.delete()
`;
  const env = { ...environment(), URL: endpoint.url };
  await expect(run('python3', ['-c', script], { cwd: folder, env })).resolves.toMatchObject({ stderr: '' });
});

test.skipIf(!hasGo)('the AWS SDK for Go and minio-go', { timeout: 600_000 }, async () => {
  const cwd = fileURLToPath(new URL('go', import.meta.url));
  await expect(run('go', ['run', '.', endpoint.url], { cwd })).resolves.toMatchObject({ stdout: '' });
});
