import type { Change, Compared } from '../../runtime/budget/baseline.ts';
import type { BudgetCheck, FunctionCheck } from '../../runtime/budget/check.ts';
import type { Finding, Measure } from '../../runtime/budget/limits.ts';
import type { Colors } from '../context.ts';
import { formatMs, plural } from './format.ts';
import { table } from './table.ts';

/** A row per limit and per compared figure, and in words how it ended. */
export function budgetTable({ functions, ok }: BudgetCheck, colors: Colors): string {
  const rows = functions.flatMap((one) => rowsOf(one, colors));
  if (rows.length === 0) {
    return colors.dim(
      'Nothing to check: no function has a budget in faas.config.ts, and no state was saved (faas budget save).',
    );
  }
  const columns = [
    { title: 'FUNCTION' },
    { title: 'MEASURE' },
    { title: 'NOW', align: 'right' as const },
    { title: 'AGAINST', align: 'right' as const },
    { title: 'SAMPLES', align: 'right' as const },
    { title: '' },
  ];
  return `${table(columns, rows, colors)}\n\n${ending(functions, ok, colors)}`;
}

function rowsOf({ function: name, calls, findings, changes }: FunctionCheck, colors: Colors): string[][] {
  const rows = [
    ...findings.map((finding) => findingRow(finding, colors)),
    ...changes.map((change) => changeRow(change, calls, colors)),
  ];
  return rows.map((row, index) => [index === 0 ? name : '', ...row]);
}

function findingRow({ measure, seen, limit, samples, verdict }: Finding, colors: Colors): string[] {
  const [sign, mark, paint] = {
    within: ['≤', '✓', colors.green],
    perhaps: ['≤', '~ over, but within the noise', colors.yellow],
    over: ['≤', '✖ over', colors.red],
    'no data': ['≤', '– no data', colors.dim],
  }[verdict] as [string, string, (text: string) => string]; // one triple per verdict
  const bound = measure === 'memoryHeadroom' ? '≥' : sign;
  return [
    MEASURE_NAMES[measure],
    measureText(measure, seen),
    `${bound} ${measureText(measure, limit)}`,
    String(samples),
    paint(mark),
  ];
}

function changeRow(
  { measure, before, now, chance, verdict }: Change,
  calls: number,
  colors: Colors,
): string[] {
  const growth = before !== null && now !== null && before > 0 ? now / before - 1 : null;
  const percent = growth === null ? '' : ` ${growth >= 0 ? '+' : '−'}${Math.abs(growth * 100).toFixed(0)} %`;
  const [mark, paint] = {
    same: [`✓ as saved${percent}`, colors.green],
    better: [`✓ better${percent}`, colors.green],
    worse: [`✖ worse${percent}${chance === null ? '' : ` (by chance: ${chanceText(chance)})`}`, colors.red],
    'no data': ['– no data', colors.dim],
  }[verdict] as [string, (text: string) => string]; // one pair per verdict
  return [
    COMPARED_NAMES[measure],
    comparedText(measure, now),
    comparedText(measure, before),
    String(calls),
    paint(mark),
  ];
}

function ending(functions: readonly FunctionCheck[], ok: boolean, { bold, green, red }: Colors): string {
  const over = functions.flatMap(({ findings }) => findings.filter(({ verdict }) => verdict === 'over'));
  const worse = functions.flatMap(({ changes }) => changes.filter(({ verdict }) => verdict === 'worse'));
  if (ok) return green('Within budget.');
  const parts = [
    ...(over.length > 0 ? [`${plural(over.length, 'limit')} broken`] : []),
    ...(worse.length > 0 ? [`${plural(worse.length, 'figure')} worse than saved`] : []),
  ];
  return red(bold(parts.length > 0 ? `${parts.join(', ')}.` : 'Not surely within budget (--strict).'));
}

export const MEASURE_NAMES: Record<Measure, string> = {
  coldStartP95: 'cold start p95',
  durationP95: 'duration p95',
  billedMs: 'billed, mean',
  usdPer1000: '$ per 1,000 calls',
  coldRate: 'cold rate',
  memoryHeadroom: 'memory headroom',
};

export const COMPARED_NAMES: Record<Compared, string> = {
  durationMs: 'duration, median',
  coldStartMs: 'cold start, median',
  billedMs: 'billed, median',
  coldRate: 'cold rate',
  peakMemoryMb: 'peak memory',
};

export function measureText(measure: Measure, value: number | null): string {
  if (value === null) return '–';
  switch (measure) {
    case 'coldStartP95':
    case 'durationP95':
    case 'billedMs':
      return formatMs(value);
    case 'usdPer1000':
      return `$${value.toFixed(6)}`;
    case 'coldRate':
    case 'memoryHeadroom':
      return percentText(value);
  }
}

export function comparedText(measure: Compared, value: number | null): string {
  if (value === null) return '–';
  if (measure === 'coldRate') return percentText(value);
  return measure === 'peakMemoryMb' ? `${value} MB` : formatMs(value);
}

const percentText = (share: number): string => `${(share * 100).toFixed(1)} %`;

export const chanceText = (chance: number): string =>
  chance < 0.001 ? '< 0.1 %' : `${(chance * 100).toFixed(1)} %`;
