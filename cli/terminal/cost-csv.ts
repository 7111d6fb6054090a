import type { CostGroup } from '../../runtime/metering/report.ts';
import { exactDigits } from '../client/exact-json.ts';
import type { CostFiguresView, CostReportView } from '../client/responses.ts';

/** For spreadsheets: fields quoted as RFC 4180 asks, numbers with all their digits. */
export function costCsv(report: CostReportView, by: CostGroup): string {
  const keys = [
    'invocations',
    'coldStarts',
    'errors',
    'billedMs',
    'gbSeconds',
    'requestsUsd',
    'computeUsd',
    'totalUsd',
  ] as const;
  const spread = ['coldStartMs', 'durationMs'] as const;
  const ranks = ['p50', 'p95', 'p99'] as const;
  const head = [by, ...keys, ...spread.flatMap((key) => ranks.map((rank) => `${key}.${rank}`))];
  const line = (name: string, row: CostFiguresView): string =>
    [
      csvField(name),
      ...keys.map((key) => exactDigits(row[key])),
      ...spread.flatMap((key) => ranks.map((rank) => row[key][rank] ?? '')),
    ].join(',');
  return [
    head.join(','),
    ...report.rows.map((row) => line(row[by] ?? '', row)),
    line('total', report.totals),
  ].join('\n');
}

const csvField = (text: string): string =>
  /[",\n\r]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
