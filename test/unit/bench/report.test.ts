import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatGoal, formatRatio, formatValue } from '../../../bench/report/format.ts';
import { fill } from '../../../bench/report/markdown.ts';
import { readResults, resultRow } from '../../../bench/report/results.ts';
import { isReached, type Goal, type Row, type Unit } from '../../../bench/rows/row.ts';

const figures = (median: number) => ({ median, p99: null });

test('peers of the same run stand above what other tools took another time', () => {
  const results = readResults(new URL('../../../bench/results.json', import.meta.url));
  const where = { scenario: 'peer-other', heading: 'other', driver: null };
  const row: Row = { id: 'start', title: 'command to first answer', unit: 'ms', yardstick: null, goal: null };
  const start = resultRow(where, row, {
    n: 5,
    ours: figures(1234),
    yardstick: null,
    ratio: null,
    note: 'version 2.1.0',
  });
  const table = fill('<!-- bench:peers -->\n<!-- /bench -->', { ...results, rows: [...results.rows, start] });
  expect(table).toMatch(/^\| \*\*faas, process\*\* .*\n\| other, version 2\.1\.0, in this run .* 1,234 ms /m);
});

test.each(['docs/performance.md', 'README.md'])('%s shows the figures of bench/results.json', (name) => {
  const document = readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
  const results = readResults(new URL('../../../bench/results.json', import.meta.url));
  // If this fails: node bench/write-docs.ts
  expect(document).toBe(fill(document, results));
});

test.each<{ value: number; unit: Unit; text: string }>([
  { value: 0.12345, unit: 'ms', text: '0.123 ms' },
  { value: 2.4, unit: 'ms', text: '2.40 ms' },
  { value: 561.7, unit: 'ms', text: '562 ms' },
  { value: 17_520.4, unit: 'calls/s', text: '17,520 calls/s' },
  { value: 48, unit: 'count', text: '48' },
  { value: -0.031, unit: 'ms', text: '-0.0310 ms' },
])('$value $unit is told as $text', ({ value, unit, text }) => {
  expect(formatValue(value, unit)).toBe(text);
});

describe('goals', () => {
  test.each<{ goal: Goal; median: number; ratio: number | null; reached: boolean | null; text: string }>([
    {
      goal: { kind: 'times-at-most', limit: 1.5 },
      median: 9,
      ratio: 1.5,
      reached: true,
      text: 'at most 1.5×',
    },
    {
      goal: { kind: 'times-at-most', limit: 1.5 },
      median: 0,
      ratio: 1.51,
      reached: false,
      text: 'at most 1.5×',
    },
    {
      goal: { kind: 'times-at-least', limit: 1.3 },
      median: 9,
      ratio: 1.3,
      reached: true,
      text: 'at least 1.3×',
    },
    {
      goal: { kind: 'times-at-least', limit: 1.3 },
      median: 9,
      ratio: 1.2,
      reached: false,
      text: 'at least 1.3×',
    },
    {
      goal: { kind: 'times-faster', limit: 50 },
      median: 9,
      ratio: 0.02,
      reached: true,
      text: 'at least 50× faster',
    },
    {
      goal: { kind: 'times-faster', limit: 50 },
      median: 9,
      ratio: 0.03,
      reached: false,
      text: 'at least 50× faster',
    },
    {
      goal: { kind: 'times-faster', limit: 50 },
      median: 9,
      ratio: null,
      reached: null,
      text: 'at least 50× faster',
    },
    {
      goal: { kind: 'at-most', limit: 100 },
      median: 100,
      ratio: null,
      reached: true,
      text: 'at most 100 ms',
    },
    { goal: { kind: 'at-most', limit: 100 }, median: 101, ratio: 9, reached: false, text: 'at most 100 ms' },
    { goal: { kind: 'at-most', limit: 0 }, median: 0, ratio: null, reached: true, text: 'none' },
  ])('$text at $median ms and ratio $ratio: $reached', ({ goal, median, ratio, reached, text }) => {
    expect(isReached(goal, { ours: figures(median), ratio })).toBe(reached);
    expect(formatGoal(goal, 'ms')).toBe(text);
  });

  test('without one there is nothing to reach', () => {
    expect(isReached(null, { ours: figures(1), ratio: 1 })).toBeNull();
  });

  test('a ratio is told the way its goal is', () => {
    expect(formatRatio(0.005, { kind: 'times-faster', limit: 50 })).toBe('200× faster');
    expect(formatRatio(0.005, null)).toBe('0.005×');
    expect(formatRatio(1.236, { kind: 'times-at-most', limit: 2 })).toBe('1.24×');
  });
});

describe('a row of the results', () => {
  const where = { scenario: 'warm', heading: 'Warm calls', driver: 'process' } as const;
  const row: Row = {
    id: 'x',
    title: 'X',
    unit: 'ms',
    yardstick: 'proxy',
    goal: { kind: 'times-at-most', limit: 2 },
  };

  test('has four digits that count', () => {
    const measured = resultRow(where, row, {
      n: 3,
      ours: { median: 1.234567, p99: 12.34567 },
      yardstick: figures(2),
      ratio: 0.617283,
    });
    expect(measured).toEqual({
      ...where,
      id: 'x',
      title: 'X',
      unit: 'ms',
      goal: row.goal,
      measured: true,
      n: 3,
      median: 1.235,
      p99: 12.35,
      yardstick: { name: 'proxy', median: 2, p99: null },
      ratio: 0.6173,
      reached: true,
      note: null,
    });
  });

  test('says why it was not measured', () => {
    const missing = resultRow(where, row, { notMeasured: 'no container engine answers' });
    expect(missing).toMatchObject({ measured: false, reason: 'no container engine answers' });
    expect(missing).not.toHaveProperty('median');
  });
});
