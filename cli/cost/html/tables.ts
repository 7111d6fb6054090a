import { exactDigits } from '../../client/exact-json.ts';
import type { CostFiguresView, CostReportView } from '../../client/responses.ts';
import { formatMs } from '../../terminal/format.ts';
import { formatUsd } from '../../terminal/usd.ts';
import { escape } from './markup.ts';

/** More rows than anyone reads would make the file slow to open; CSV has them all. */
const MOST_ROWS = 400;

export function costRows(report: CostReportView): string {
  const { by, rows, totals } = report;
  const shown = rows.slice(0, MOST_ROWS);
  const head = [
    by,
    'calls',
    'cold',
    'errors',
    'p50',
    'p95',
    'p99',
    'cold p50',
    'cold p95',
    'billed',
    'GB-s',
    'USD',
  ];
  const cells = (name: string, row: CostFiguresView): string[] => [
    name,
    row.invocations.toLocaleString('en-US'),
    row.coldStarts.toLocaleString('en-US'),
    row.errors.toLocaleString('en-US'),
    ...[row.durationMs.p50, row.durationMs.p95, row.durationMs.p99].map(ms),
    ...[row.coldStartMs.p50, row.coldStartMs.p95].map(ms),
    formatMs(row.billedMs),
    Number(exactDigits(row.gbSeconds)).toLocaleString('en-US', { maximumSignificantDigits: 6 }),
    formatUsd(row.totalUsd),
  ];
  const names = shown.map((row) => {
    const name = row[by] || '–';
    return by === 'revision' ? `${row.function ?? ''} ${name}` : name;
  });
  return card(
    `By ${by}`,
    head,
    shown.map((row, index) => cells(names[index] ?? '', row)),
    cells('total', totals),
    rows.length > MOST_ROWS ? `${rows.length - MOST_ROWS} more rows: --format csv has them all.` : undefined,
  );
}

export function wasteRows({ waste = [] }: CostReportView): string {
  if (waste.length === 0) return '';
  const head = [
    'function',
    'memory',
    'peak',
    'would do',
    'compute',
    'at that size',
    'idle GB-s',
    'busy GB-s',
  ];
  const rows = waste.map((one) => [
    one.function,
    `${one.memoryMb} MB`,
    one.peakMemoryMb === null ? 'not read' : `${one.peakMemoryMb} MB`,
    one.suggestedMemoryMb === null ? '–' : `${one.suggestedMemoryMb} MB`,
    formatUsd(one.computeUsd),
    one.suggestedComputeUsd === null ? '–' : formatUsd(one.suggestedComputeUsd),
    gbSeconds(one.idleGbSeconds),
    gbSeconds(one.busyGbSeconds),
  ]);
  return card(
    'Memory that was not used',
    head,
    rows.slice(0, MOST_ROWS),
    undefined,
    'Idle: held by warm instances that ran nothing, which providers bill only when provisioned. The smaller size is priced for the same durations; on Lambda less memory is less CPU too: faas tune measures it.',
  );
}

function card(
  title: string,
  head: readonly string[],
  rows: readonly string[][],
  foot: readonly string[] | undefined,
  note: string | undefined,
): string {
  const line = (cells: readonly string[], tag: 'td' | 'th'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  return `<section class="card"><h2>${escape(title)}</h2><div class="scroll"><table>
<thead>${line(head, 'th')}</thead>
<tbody>${rows.map((row) => line(row, 'td')).join('\n')}</tbody>
${foot === undefined ? '' : `<tfoot>${line(foot, 'td')}</tfoot>`}
</table></div>${note === undefined ? '' : `<p class="soft" style="font-size:13px;margin-top:12px">${escape(note)}</p>`}</section>`;
}

const ms = (value: number | null): string => (value === null ? '–' : formatMs(value));

const gbSeconds = (value: CostReportView['totals']['gbSeconds']): string =>
  Number(exactDigits(value)).toLocaleString('en-US', { maximumSignificantDigits: 4 });
