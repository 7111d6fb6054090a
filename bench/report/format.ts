/** Figures as people read them. Pure; the table and docs/performance.md both use it. */
import type { Goal, Unit } from '../rows/row.ts';

/** `2.43 ms`, `17,520 calls/s`: three digits that count. */
export const formatValue = (value: number, unit: Unit): string =>
  unit === 'count' ? formatNumber(value) : `${formatNumber(value)} ${unit}`;

function formatNumber(value: number): string {
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}

/** `1.08×`, or `212× faster` where that is how the goal puts it. */
export function formatRatio(ratio: number, goal: Goal | null): string {
  if (goal?.kind === 'times-faster') return `${formatNumber(1 / ratio)}× faster`;
  return `${ratio < 0.1 ? ratio.toFixed(3) : ratio.toFixed(2)}×`;
}

export function formatGoal(goal: Goal, unit: Unit): string {
  switch (goal.kind) {
    case 'times-at-most':
      return `at most ${goal.limit}×`;
    case 'times-at-least':
      return `at least ${goal.limit}×`;
    case 'times-faster':
      return `at least ${goal.limit}× faster`;
    case 'at-most':
      return goal.limit === 0 ? 'none' : `at most ${goal.limit} ${unit}`;
  }
}
