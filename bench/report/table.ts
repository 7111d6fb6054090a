/** The table, row by row as they are measured. Columns are as wide as the widest thing that stands in them anywhere. */
import colors from 'picocolors';
import { formatGoal, formatRatio, formatValue } from './format.ts';
import type { Machine } from '../machine.ts';
import type { ResultRow, Results } from './results.ts';

const { bold, cyan, dim, green, yellow } = colors;

export function openingText(machine: Machine, product: Results['product']): string {
  const { cpu, cores, memoryGb, os, node, engine, loadBefore } = machine;
  const what = `faas ${product.version}${product.commit ? ` (${product.commit})` : ''}, as ${
    product.kind === 'package' ? 'an installed package' : 'sources'
  }`;
  return [
    '',
    `${bold('faas bench')}  ${dim(what)}`,
    dim(`${cpu}, ${cores} cores, ${memoryGb} GB, ${os}`),
    dim(`Node ${node}, ${engine === null ? 'no container engine' : `container engine ${engine}`}`),
    ...(product.note === null ? [] : [yellow(product.note)]),
    ...(loadBefore > cores / 2
      ? [yellow(`the machine is busy (load ${loadBefore}): figures will be noisy`)]
      : []),
    '',
    dim(
      `  ${'driver'.padEnd(8)} ${'row'.padEnd(32)} ${'median'.padStart(12)} ${'p99'.padStart(10)}   ${'beside it'.padEnd(
        30,
      )} ${'ratio'.padStart(12)}   goal`,
    ),
  ].join('\n');
}

export const headingText = (heading: string): string => `\n${cyan(bold(heading))}`;

export const progressText = (message: string): string => `${' '.repeat(11)}${dim(message)}\n`;

export function rowText(row: ResultRow): string {
  const start = `  ${dim((row.driver ?? '').padEnd(8))} ${row.title.padEnd(32)}`;
  if (!row.measured) return `${start} ${dim(`not measured: ${row.reason}`)}`;
  const { median, p99, yardstick, ratio, unit, goal, reached, note } = row;
  const beside = yardstick ? `${yardstick.name} ${formatValue(yardstick.median, unit)}` : '';
  const line = [
    start,
    bold(formatValue(median, unit).padStart(12)),
    dim((p99 === null ? '' : formatValue(p99, unit)).padStart(10)),
    ` ${beside.padEnd(30)}`,
    (ratio === null ? '' : formatRatio(ratio, goal)).padStart(12),
    ` ${goal === null ? '' : `${mark(reached)} ${dim(formatGoal(goal, unit))}`}`,
  ].join(' ');
  return note === null ? line.trimEnd() : `${line.trimEnd()}\n${' '.repeat(11)}${dim(note)}`;
}

export function closingText({ rows, seconds, quick }: Results, out: string): string {
  const goals = rows.filter((row) => row.measured && row.reached !== null);
  const reached = goals.filter((row) => row.measured && row.reached === true).length;
  const missing = rows.filter((row) => !row.measured).length;
  return [
    '',
    `${bold(`${reached} of ${goals.length} goals reached`)}${missing > 0 ? `, ${missing} rows not measured` : ''} ${dim(
      `in ${Math.round(seconds)} s; written to ${out}`,
    )}`,
    ...(quick ? [yellow('a quick run: the figures mean nothing')] : []),
    '',
  ].join('\n');
}

const mark = (reached: boolean | null): string =>
  reached === null ? ' ' : reached ? green('✔') : yellow('✘');
