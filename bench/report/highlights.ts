/** The few rows that README.md shows, each with what was measured beside it. Pure. */
import { formatRatio, formatValue } from './format.ts';
import type { ResultRow } from './results.ts';

const SHOWN: readonly { id: string; driver: ResultRow['driver']; what: string }[] = [
  { id: 'cold-prewarmed', driver: 'docker', what: 'cold start in a container, request to answer' },
  { id: 'cold-prewarmed', driver: 'process', what: 'cold start in a process' },
  { id: 'warm-p50', driver: 'docker', what: 'warm call, container' },
  { id: 'warm-p50', driver: 'process', what: 'warm call, process' },
  { id: 'warm-throughput', driver: 'process', what: 'warm calls on 10 connections, processes' },
  { id: 'dev-reload', driver: 'process', what: '`faas dev`: a save to the first new answer' },
  { id: 'deploy-unchanged', driver: null, what: '`faas deploy` of an unchanged function' },
  { id: 'start', driver: 'process', what: '`faas start` with two functions to the first answer' },
];

export function highlights(rows: readonly ResultRow[]): string {
  const lines = SHOWN.flatMap(({ id, driver, what }) => {
    const row = rows.find((one) => one.id === id && one.driver === driver);
    if (!row?.measured) return [];
    const beside = row.yardstick
      ? `${row.yardstick.name}: ${formatValue(row.yardstick.median, row.unit)}`
      : '';
    const ratio = row.ratio === null ? '' : formatRatio(row.ratio, row.goal);
    return [`| ${what} | **${formatValue(row.median, row.unit)}** | ${beside} | ${ratio} |`];
  });
  return ['| | median | measured beside it | |', '| --- | --- | --- | --- |', ...lines].join('\n');
}
