/** What a row is, what is measured for it, and when its goal is reached. */
import type { LoadGenerator } from '../load/load.ts';
import type { DriverUnderTest } from '../under-test/runtime.ts';
import type { Product } from '../under-test/product.ts';

export type Unit = 'ms' | 'calls/s' | 'MB' | 'MB/s' | 'count';

/** `times…` are ratios to the yardstick of the same run; `atMost…` a figure in the row's own unit. */
export type Goal =
  | { kind: 'times-at-most'; limit: number }
  | { kind: 'times-at-least'; limit: number }
  | { kind: 'times-faster'; limit: number }
  | { kind: 'at-most'; limit: number };

export interface Row {
  /** Unique among the rows of a driver: `cold-prewarmed`. */
  id: string;
  title: string;
  unit: Unit;
  /** What it is held against, in a few words; null when nothing is. */
  yardstick: string | null;
  goal: Goal | null;
}

/** Medians, and p99 where there are samples enough for one. */
export interface Figures {
  median: number;
  p99: number | null;
}

export interface Measured {
  /** How many samples the median is of. */
  n: number;
  ours: Figures;
  yardstick: Figures | null;
  /** Ours through the yardstick's: the median over pairs taken side by side. */
  ratio: number | null;
  note?: string;
}

export interface Bench {
  product: Product;
  /** For everything temporary; removed at the end. */
  folder: string;
  load: LoadGenerator;
  /** The image functions run in; null where no container engine answers. */
  image: () => Promise<string>;
  /** How many samples to take: the first of a full run, the second of a quick one. */
  samples: (full: number, quick: number) => number;
  /** Tells whoever waits how far a long row is. */
  progress: (message: string) => void;
}

/** Several rows that are measured together, on one driver or on none. */
export interface Scenario {
  name: string;
  heading: string;
  /** Drivers it runs on, one after the other; `[null]`: the driver does not matter. */
  drivers: readonly (DriverUnderTest | null)[];
  /** Left out of a run unless this flag is given, or it is named. */
  onlyWith?: 'soak' | 'peers';
  rows: readonly Row[] | ((driver: DriverUnderTest | null) => readonly Row[]);
  /** By row id. A row that is left out was not measured. */
  measure: (bench: Bench, driver: DriverUnderTest | null) => Promise<Record<string, Measured | NotMeasured>>;
}

export interface NotMeasured {
  notMeasured: string;
}

export const rowsOf = ({ rows }: Scenario, driver: DriverUnderTest | null): readonly Row[] =>
  typeof rows === 'function' ? rows(driver) : rows;

/** Null when there is no goal, or nothing to compare with. */
export function isReached(
  goal: Goal | null,
  { ours, ratio }: Pick<Measured, 'ours' | 'ratio'>,
): boolean | null {
  if (goal === null) return null;
  if (goal.kind === 'at-most') return ours.median <= goal.limit;
  if (ratio === null) return null;
  switch (goal.kind) {
    case 'times-at-most':
      return ratio <= goal.limit;
    case 'times-at-least':
      return ratio >= goal.limit;
    case 'times-faster':
      return 1 / ratio >= goal.limit;
  }
}
