import { exactDigits } from '../client/exact-json.ts';
import type { CostFiguresView, CostReportView, CostRowView } from '../client/responses.ts';
import type { CostGroup } from '../../runtime/metering/report.ts';
import type { Colors } from '../context.ts';
import { formatMs, plural } from './format.ts';
import { table } from './table.ts';

/** The bill: a row per group, the totals beneath, and by which prices. */
export function costTable(report: CostReportView, by: CostGroup, colors: Colors): string {
  if (report.rows.length === 0) return colors.dim('Nothing was invoked in this time.');
  const all = [...report.rows, report.totals];
  const gbSeconds = alignPoints(all.map((row) => exactDigits(row.gbSeconds)));
  const requests = alignPoints(all.map((row) => exactDigits(row.requestsUsd)));
  const compute = alignPoints(all.map((row) => exactDigits(row.computeUsd)));
  const totals = alignPoints(all.map((row) => exactDigits(row.totalUsd)));
  const rows = all.map((row, index) => {
    const isTotal = index === all.length - 1;
    const cells = [
      isTotal ? 'total' : groupOf(row, by),
      String(row.invocations),
      coldText(row),
      String(row.errors),
      percentile(row.durationMs.p50),
      percentile(row.durationMs.p99),
      percentile(row.coldStartMs.p50),
      formatMs(row.billedMs),
      gbSeconds[index] ?? '',
      requests[index] ?? '',
      compute[index] ?? '',
      totals[index] ?? '',
    ];
    return isTotal ? cells.map((cell) => colors.bold(cell)) : cells;
  });
  return `${table(columnsFor(by), rows, colors)}\n\n${footer(report, colors)}`;
}

function columnsFor(by: CostGroup) {
  const numbers = [
    'CALLS',
    'COLD',
    'ERRORS',
    'P50',
    'P99',
    'COLD P50',
    'BILLED',
    'GB-S',
    'REQUESTS $',
    'COMPUTE $',
    'TOTAL $',
  ];
  return [{ title: by.toUpperCase() }, ...numbers.map((title) => ({ title, align: 'right' as const }))];
}

const groupOf = (row: CostRowView, by: CostGroup): string => row[by] ?? '–';

/** How many were cold, and the share of all. */
function coldText({ coldStarts, invocations }: CostFiguresView): string {
  const share = invocations === 0 ? 0 : (coldStarts / invocations) * 100;
  return `${coldStarts} (${share > 0 && share < 10 ? share.toFixed(1) : share.toFixed(0)} %)`;
}

const percentile = (ms: number | null): string => (ms === null ? '–' : formatMs(ms));

/** Sums keep all their digits; padding behind them puts the decimal points into one line. */
function alignPoints(numbers: string[]): string[] {
  const decimals = numbers.map((digits) => digits.split('.')[1]?.length ?? -1);
  const most = Math.max(...decimals);
  return numbers.map((digits, index) => digits + ' '.repeat(most - (decimals[index] ?? -1)));
}

function footer({ rates, totals, from, to }: CostReportView, { dim }: Colors): string {
  const refused = totals.throttled + totals.cancelled;
  return [
    `${rates.name}, in force since ${rates.effectiveFrom}; the free tier is not subtracted`,
    `${from ?? 'the beginning'} to ${to ?? 'now'}, ${plural(totals.invocations, 'invocation')}${refused > 0 ? `, ${refused} of them refused or cancelled and free` : ''}`,
  ]
    .map((line) => dim(line))
    .join('\n');
}

/** RFC 4180, numbers with all their digits. */
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
    ...report.rows.map((row) => line(groupOf(row, by), row)),
    line('total', report.totals),
  ].join('\n');
}

const csvField = (text: string): string =>
  /[",\n\r]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
