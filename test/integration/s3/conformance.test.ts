/**
 * What boto3 must find: some hundred checks in Python, a file for each family. They ask for little but
 * Python and boto3 and could be pointed at any S3 (`S3_ENDPOINT=… python3 run.py buckets`).
 */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('conformance', import.meta.url));
const families = readdirSync(folder)
  .filter((file) => file.endsWith('.py') && !['kit.py', 'run.py'].includes(file))
  .map((file) => file.slice(0, -3));
const hasBoto3 = await run('python3', ['-c', 'import boto3, requests']).then(
  () => true,
  () => false,
);

describe.skipIf(!hasBoto3)('boto3, where it is installed, finds S3 as it knows it', () => {
  let endpoint: Endpoint;
  beforeAll(async () => {
    const other = { accessKeyId: 'other', secretAccessKey: 'other-secret', account: 'other' };
    endpoint = await startEndpoint({ unsigned: 'acl', credentials: [other] });
  });
  afterAll(() => endpoint[Symbol.asyncDispose]());

  test.each(families)('%s', { timeout: 180_000 }, async (family) => {
    const env = { PATH: process.env['PATH'], S3_ENDPOINT: endpoint.url, PYTHONDONTWRITEBYTECODE: '1' };
    const { stdout } = await run('python3', ['run.py', family], { cwd: folder, env, maxBuffer: 2 ** 24 });
    const { passed, failed } = JSON.parse(stdout);
    expect(failed).toEqual({});
    expect(passed).toBeGreaterThan(5);
  });
});
