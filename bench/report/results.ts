/** bench/results.json: what was measured, as data. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Machine } from '../machine.ts';
import {
  isReached,
  type Figures,
  type Goal,
  type Measured,
  type NotMeasured,
  type Row,
  type Unit,
} from '../rows/row.ts';
import type { DriverUnderTest } from '../under-test/runtime.ts';

export interface Results {
  version: 1;
  /** When the run began, ISO 8601. */
  date: string;
  seconds: number;
  /** A quick run's figures mean nothing. */
  quick: boolean;
  machine: Machine;
  product: { version: string; commit: string | null; kind: 'package' | 'sources'; note: string | null };
  /** Seconds of each scenario, by its name and driver: where the time of a run goes. */
  took: Record<string, number>;
  rows: ResultRow[];
}

interface RowHead {
  scenario: string;
  heading: string;
  id: string;
  driver: DriverUnderTest | null;
  title: string;
  unit: Unit;
  goal: Goal | null;
}

export type ResultRow =
  | (RowHead & {
      measured: true;
      n: number;
      median: number;
      p99: number | null;
      yardstick: ({ name: string } & Figures) | null;
      /** Ours through the yardstick's, the median over pairs taken side by side. */
      ratio: number | null;
      reached: boolean | null;
      note: string | null;
    })
  | (RowHead & { measured: false; reason: string });

export function resultRow(
  where: { scenario: string; heading: string; driver: DriverUnderTest | null },
  row: Row,
  outcome: Measured | NotMeasured,
): ResultRow {
  const { id, title, unit, goal, yardstick: name } = row;
  const head: RowHead = { ...where, id, title, unit, goal };
  if ('notMeasured' in outcome) return { ...head, measured: false, reason: outcome.notMeasured };
  const { n, ours, yardstick, ratio, note = null } = outcome;
  return {
    ...head,
    measured: true,
    n,
    median: rounded(ours.median),
    p99: ours.p99 === null ? null : rounded(ours.p99),
    yardstick: name !== null && yardstick ? { name, ...roundedFigures(yardstick) } : null,
    ratio: ratio === null ? null : rounded(ratio),
    reached: isReached(goal, outcome),
    note,
  };
}

export function writeResults(file: string, results: Results): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(results, null, 2)}\n`);
  renameSync(unfinished, file);
}

export const readResults = (file: string | URL): Results => JSON.parse(readFileSync(file, 'utf8')) as Results; // our own file

const roundedFigures = ({ median, p99 }: Figures): Figures => ({
  median: rounded(median),
  p99: p99 === null ? null : rounded(p99),
});

/** Four significant digits: no measurement here is better than that. */
const rounded = (value: number): number => Number(value.toPrecision(4));
