import type { CostGroup } from '../../runtime/metering/report.ts';
import { exactDigits } from '../client/exact-json.ts';
import type { CostComparisonView, CostFiguresView, CostReportView } from '../client/responses.ts';

const COUNTS = [
  'invocations',
  'coldStarts',
  'errors',
  'billedMs',
  'gbSeconds',
  'requestsUsd',
  'computeUsd',
  'totalUsd',
] as const;
const SPREADS = ['coldStartMs', 'durationMs'] as const;
const RANKS = ['p50', 'p95', 'p99'] as const;
/** Behind what earlier versions wrote, so that columns keep their places. */
const LATER = ['tmpUsd', 'throttled', 'cancelled', 'unpriced'] as const;

/** For spreadsheets: fields quoted as RFC 4180 asks, numbers with all their digits. */
export function costCsv(report: CostReportView, by: CostGroup): string {
  const head = [
    by,
    ...COUNTS,
    ...SPREADS.flatMap((key) => RANKS.map((rank) => `${key}.${rank}`)),
    ...LATER,
    ...(by === 'revision' ? ['function'] : []),
  ];
  const line = (name: string, row: CostFiguresView, owner = ''): string =>
    [
      csvField(name),
      ...COUNTS.map((key) => exactDigits(row[key])),
      ...SPREADS.flatMap((key) => RANKS.map((rank) => row[key][rank] ?? '')),
      ...LATER.map((key) => exactDigits(row[key])),
      ...(by === 'revision' ? [csvField(owner)] : []),
    ].join(',');
  return [
    head.join(','),
    ...report.rows.map((row) => line(row[by] ?? '', row, row.function)),
    line('total', report.totals),
  ].join('\n');
}

const COMPARED = [
  'billedMs',
  'gbSeconds',
  'requestsUsd',
  'computeUsd',
  'totalUsd',
  'invoiceUsd',
  'unpriced',
] as const;

/** One line for each rate card. */
export const comparisonCsv = ({ rows }: CostComparisonView): string =>
  [
    ['rates', 'provider', 'effectiveFrom', ...COMPARED].join(','),
    ...rows.map((row) =>
      [
        csvField(row.rates.id),
        csvField(row.provider),
        row.rates.effectiveFrom,
        ...COMPARED.map((key) => exactDigits(row[key])),
      ].join(','),
    ),
  ].join('\n');

const csvField = (text: string): string =>
  /[",\n\r]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
