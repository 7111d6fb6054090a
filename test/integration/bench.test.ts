import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Results } from '../../bench/report/results.ts';

const MAIN = resolve(import.meta.dirname, '../../bench/main.ts');
const run = promisify(execFile);

const head = {
  scenario: z.string(),
  heading: z.string(),
  id: z.string(),
  driver: z.enum(['docker', 'process']).nullable(),
  title: z.string(),
  unit: z.enum(['ms', 'calls/s', 'MB', 'MB/s', 'count']),
  goal: z
    .strictObject({
      kind: z.enum(['times-at-most', 'times-at-least', 'times-faster', 'at-most']),
      limit: z.number(),
    })
    .nullable(),
};
const resultsShape = z.strictObject({
  version: z.literal(1),
  date: z.iso.datetime(),
  seconds: z.number().nonnegative(),
  quick: z.boolean(),
  machine: z.strictObject({
    cpu: z.string().min(1),
    cores: z.int().positive(),
    memoryGb: z.number(),
    os: z.string().min(1),
    node: z.string().regex(/^\d+\.\d+\.\d+/),
    engine: z.string().nullable(),
    loadBefore: z.number(),
  }),
  product: z.strictObject({
    version: z.string(),
    commit: z.string().nullable(),
    kind: z.enum(['package', 'sources']),
    note: z.string().nullable(),
  }),
  took: z.record(z.string(), z.number().nonnegative()),
  rows: z.array(
    z.discriminatedUnion('measured', [
      z.strictObject({
        ...head,
        measured: z.literal(true),
        n: z.int().positive(),
        median: z.number(),
        p99: z.number().nullable(),
        yardstick: z
          .strictObject({ name: z.string(), median: z.number(), p99: z.number().nullable() })
          .nullable(),
        ratio: z.number().positive().nullable(),
        reached: z.boolean().nullable(),
        note: z.string().nullable(),
      }),
      z.strictObject({ ...head, measured: z.literal(false), reason: z.string().min(1) }),
    ]),
  ),
});

test('the results that are checked in have the shape that is documented', async () => {
  const file = await readFile(resolve(import.meta.dirname, '../../bench/results.json'), 'utf8');
  expect(() => resultsShape.parse(JSON.parse(file))).not.toThrow();
});

describe('a quick run of two scenarios', () => {
  let folder: string;
  let stdout: string;
  let results: Results;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'faas-bench-test-'));
    const out = join(folder, 'results.json');
    const args = ['--quick', '--driver', 'process', '--rows', 'cold-fresh,warm', '--out', out];
    ({ stdout } = await run(process.execPath, [MAIN, ...args]));
    results = JSON.parse(await readFile(out, 'utf8')) as Results;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('writes results of the documented shape', () => {
    expect(() => resultsShape.parse(results)).not.toThrow();
    expect(results.quick).toBe(true);
  });

  test('measures every row of the scenarios that were asked for, and no other', () => {
    expect(results.rows.map(({ id, driver, measured }) => [id, driver, measured])).toEqual([
      ['cold-fresh', 'process', true],
      ['warm-p50', 'process', true],
      ['warm-p99', 'process', true],
      ['warm-throughput', 'process', true],
      ['warm-throughput-p99', 'process', true],
    ]);
  });

  test('holds each of them against its yardstick', () => {
    for (const row of results.rows) {
      if (!row.measured) throw new Error(row.reason);
      expect(row.yardstick?.median).toBeGreaterThan(0);
      expect(row.reached === null).toBe(row.goal === null);
    }
  });

  test('prints a line for every row', () => {
    for (const { title } of results.rows) expect(stdout).toContain(title);
    expect(stdout).toContain('the figures mean nothing');
  });
});

test.each([
  { args: ['--rows', 'nonsense'], says: 'there is no nonsense; --rows takes cold-prewarmed,' },
  { args: ['--driver', 'podman'], says: 'there is no podman; --driver takes docker, process' },
])('$args is refused with what there is', async ({ args, says }) => {
  await expect(run(process.execPath, [MAIN, ...args])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining(says) as string,
  });
});
