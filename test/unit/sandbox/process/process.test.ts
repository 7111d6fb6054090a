import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { classifyExit, HEAP_EXHAUSTED } from '../../../../runtime/sandbox/process/classify-exit.ts';
import { nextLookMs, sumUp } from '../../../../runtime/sandbox/process/memory-watch.ts';
import { withDescendants, type ProcessInfo } from '../../../../runtime/sandbox/process/process-info.ts';
import { processTable } from '../../../../runtime/sandbox/process/process-table.ts';
import { parseLine } from '../../../../runtime/sandbox/process/ps-table.ts';

const info = (values: Partial<ProcessInfo>): ProcessInfo => ({
  pid: 1,
  parent: 0,
  group: 1,
  isStopped: false,
  startedAt: '1',
  residentKb: 0,
  sharedKb: 0,
  cpuMs: 0,
  ...values,
});

describe('how a process ended', () => {
  test.each([
    [{ code: 0, signal: null }, undefined, false, { oom: false, outside: false }],
    [{ code: 3, signal: null }, undefined, false, { oom: false, outside: false }],
    [{ code: null, signal: 'SIGKILL' }, undefined, false, { oom: false, outside: true }],
    [{ code: null, signal: 'SIGTERM' }, undefined, false, { oom: false, outside: true }],
    [{ code: null, signal: 'SIGKILL' }, 'asked', false, { oom: false, outside: false }],
    [{ code: null, signal: 'SIGKILL' }, 'memory', false, { oom: true, outside: false }],
    [{ code: null, signal: 'SIGABRT' }, undefined, true, { oom: true, outside: false }],
    [{ code: null, signal: 'SIGABRT' }, undefined, false, { oom: false, outside: false }],
    [{ code: null, signal: 'SIGSEGV' }, undefined, false, { oom: false, outside: false }],
    [{ code: 1, signal: null }, undefined, true, { oom: false, outside: false }],
  ] as const)('%j, killed for %s, heap exhausted %s', (exit, killedFor, heapExhausted, expected) => {
    expect(classifyExit(exit, { killedFor, heapExhausted })).toEqual(expected);
  });

  test("V8's last words are known", () => {
    expect('FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory').toMatch(
      HEAP_EXHAUSTED,
    );
    expect('<--- Last few GCs --->').not.toMatch(HEAP_EXHAUSTED);
  });
});

describe('the memory of a family', () => {
  test('is what they do not share', () => {
    const family = [
      info({ residentKb: 60_000, sharedKb: 40_000, cpuMs: 10 }),
      info({ residentKb: 50_000, sharedKb: 40_000, cpuMs: 5 }),
      info({ residentKb: 1_000, sharedKb: 2_000 }),
    ];
    expect(sumUp(family)).toEqual({ usedKb: 30_000, cpuMs: 15 });
    expect(sumUp([])).toEqual({ usedKb: 0, cpuMs: 0 });
  });

  test.each([
    ['working', 40, 0.3, true, 40],
    ['working near its limit', 40, 0.7, true, 15],
    ['working again', 1_000, 0.3, true, 40],
    ['resting', 40, 0.7, false, 80],
    ['resting near its limit', 15, 0.9, false, 80],
    ['resting for long', 1_000, 0.3, false, 1_000],
  ])('is looked at in time when it is %s', (_name, previousMs, share, isWorking, expected) => {
    expect(nextLookMs(previousMs, share, isWorking)).toBe(expected);
  });
});

test('descendants are found at any depth and in any order', () => {
  const all = [
    [4, 3],
    [2, 1],
    [3, 2],
    [9, 1],
    [10, 9],
  ].map(([pid = 0, parent = 0]) => info({ pid, parent }));
  const found = withDescendants(all, ({ pid }) => pid === 2);
  expect(found.map(({ pid }) => pid).toSorted((a, b) => a - b)).toEqual([2, 3, 4]);
});

describe('what ps prints', () => {
  test.each([
    [
      '  501     1   501  12345 S+   0:01.50 Mon Jan  5 10:00:00 2026',
      {
        pid: 501,
        parent: 1,
        group: 501,
        residentKb: 12_345,
        cpuMs: 1_500,
        startedAt: 'Mon Jan 5 10:00:00 2026',
      },
    ],
    ['7 1 7 1 R 1-02:03:04 Mon Jan 5 10:00:00 2026', { cpuMs: ((26 * 60 + 3) * 60 + 4) * 1_000 }],
  ])('%j', (line, expected) => {
    expect(parseLine(line)).toMatchObject(expected);
  });

  test.each(['', '7 1 7 0 Z 0:00 Mon Jan 5 10:00:00 2026'])('%j is no living process', (line) => {
    expect(parseLine(line)).toBeUndefined();
  });
});

describe('the process table of this machine', () => {
  test('knows this process and its children, with their marks', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log()'], {
      env: { FAAS_SANDBOX_ID: 'marked', OTHER: 'x' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    try {
      const own = await processTable.one(process.pid);
      expect(own?.residentKb).toBeGreaterThan(10_000);
      expect(own?.cpuMs).toBeGreaterThan(0);
      expect(await processTable.one(pid)).toMatchObject({ pid, parent: process.pid });
      expect((await processTable.family(process.pid)).map((one) => one.pid)).toEqual(
        expect.arrayContaining([process.pid, pid]),
      );
      expect(await processTable.marks(pid)).toEqual({ FAAS_SANDBOX_ID: 'marked' });
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    expect(await processTable.one(pid)).toBeUndefined();
    expect(await processTable.family(pid)).toEqual([]);
    expect(await processTable.marks(pid)).toEqual({});
  });
});
