import { stripVTControlCharacters } from 'node:util';
import type { CostGroup } from '../../runtime/metering/report.ts';
import { exactDigits } from '../client/exact-json.ts';
import type { CostFiguresView, CostReportView, CostRowView } from '../client/responses.ts';
import type { Colors } from '../context.ts';
import { coldLine, invoiceLines, projectionLine, unpricedLine, wasteLines } from './cost-notes.ts';
import { formatMs, plural } from './format.ts';
import { table } from './table.ts';

interface CostColumn {
  title: string;
  /** One cell per row, the totals last. */
  cells: string[];
  /** Left out where the terminal is too narrow for all, the highest first. */
  spare?: number;
}

/** The bill: a row per group, the totals beneath, and by which prices. Sums keep all their digits. */
export function costTable(
  report: CostReportView,
  by: CostGroup,
  { colors, width }: { colors: Colors; width: number },
): string {
  if (report.rows.length === 0) return colors.dim('Nothing was invoked in this time.');
  let columns = columnsOf(report, by);
  let text = render(columns, colors);
  while (widthOf(text) > width && columns.some(({ spare }) => spare !== undefined)) {
    const next = columns.toSorted((a, b) => (b.spare ?? 0) - (a.spare ?? 0))[0];
    columns = columns.filter((column) => column !== next);
    text = render(columns, colors);
  }
  return `${text}\n\n${footer(report, colors)}`;
}

function columnsOf(report: CostReportView, by: CostGroup): CostColumn[] {
  const all = [...report.rows, report.totals];
  const column = (title: string, cell: (row: CostFiguresView) => string, spare?: number): CostColumn => ({
    title,
    cells: all.map(cell),
    ...(spare === undefined ? {} : { spare }),
  });
  const sum = (title: string, digitsOf: (row: CostFiguresView) => unknown, spare?: number): CostColumn => ({
    ...column(title, () => '', spare),
    cells: alignPoints(all.map((row) => exactDigits(digitsOf(row)))),
  });
  return [
    { title: by.toUpperCase(), cells: [...report.rows.map((row) => groupOf(row, by)), 'total'] },
    column('CALLS', (row) => String(row.invocations)),
    column('COLD', coldText),
    column('ERRORS', (row) => String(row.errors)),
    column('P50', (row) => percentile(row.durationMs.p50)),
    column('P99', (row) => percentile(row.durationMs.p99), 3),
    column('COLD P50', (row) => percentile(row.coldStartMs.p50), 4),
    column('BILLED', (row) => formatMs(row.billedMs)),
    sum('GB-S', (row) => row.gbSeconds, 2),
    sum('REQUESTS $', (row) => row.requestsUsd, 5),
    sum('COMPUTE $', (row) => row.computeUsd, 6),
    ...(report.totals.tmpUsd === 0 ? [] : [sum('/TMP $', (row) => row.tmpUsd, 6)]),
    sum('TOTAL $', (row) => row.totalUsd),
  ];
}

function render(columns: CostColumn[], colors: Colors): string {
  const count = columns[0]?.cells.length ?? 0;
  const rows = Array.from({ length: count }, (_, index) => {
    const cells = columns.map(({ cells: texts }) => texts[index] ?? '');
    return index === count - 1 ? cells.map((cell) => colors.bold(cell)) : cells;
  });
  const head = columns.map(({ title }, index) => ({
    title,
    align: index === 0 ? ('left' as const) : ('right' as const),
  }));
  return table(head, rows, colors);
}

const widthOf = (text: string): number =>
  Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  );

function groupOf(row: CostRowView, by: CostGroup): string {
  const name = row[by] || '–';
  return by === 'revision' ? `${row.function ?? ''} ${name}` : name;
}

/** How many were cold, and the share of all. */
function coldText({ coldStarts, invocations }: CostFiguresView): string {
  const share = invocations === 0 ? 0 : (coldStarts / invocations) * 100;
  return `${coldStarts} (${share > 0 && share < 10 ? share.toFixed(1) : share.toFixed(0)} %)`;
}

const percentile = (ms: number | null): string => (ms === null ? '–' : formatMs(ms));

/** Padding behind the shorter ones puts the decimal points into one line. */
function alignPoints(numbers: string[]): string[] {
  const decimals = numbers.map((digits) => digits.split('.')[1]?.length ?? -1);
  const most = Math.max(...decimals);
  return numbers.map((digits, index) => digits + ' '.repeat(most - (decimals[index] ?? -1)));
}

function footer(report: CostReportView, colors: Colors): string {
  const { rates, totals, from, to } = report;
  const refused = totals.throttled + totals.cancelled;
  return [
    `${rates.name}; the free tier is ${report.invoice?.freeTier === true ? 'subtracted in the invoice only' : 'not subtracted'}`,
    `${from ?? 'the beginning'} to ${to ?? 'now'}, ${plural(totals.invocations, 'invocation')}${refused > 0 ? `, ${refused} of them refused or cancelled and free` : ''}`,
    ...coldLine(totals),
    ...unpricedLine(totals),
    ...invoiceLines(report),
    ...projectionLine(report),
    ...wasteLines(report),
  ]
    .map((line) => colors.dim(line))
    .join('\n');
}
