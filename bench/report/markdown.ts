/** The tables of docs/performance.md and README.md, made from bench/results.json and from nothing else. Pure. */
import { formatGoal, formatRatio, formatValue } from './format.ts';
import { highlights } from './highlights.ts';
import { PEER_FIGURES } from './peer-figures.ts';
import type { ResultRow, Results } from './results.ts';

/** Blocks of the document by the name in their marker. */
export function blocks(results: Results): Record<string, string> {
  const byScenario = Map.groupBy(results.rows, ({ scenario }) => scenario);
  const tables = [...byScenario].map(([name, rows]): [string, string] => [name, rowTable(rows)]);
  return {
    about: about(results),
    highlights: highlights(results.rows),
    peers: peerTable(results),
    ...Object.fromEntries(tables),
  };
}

/** Puts each block between its markers; a marker that has none says so. */
export function fill(document: string, results: Results): string {
  const content = blocks(results);
  return document.replaceAll(
    /<!-- bench:([\w-]+) -->\n[^]*?<!-- \/bench -->/g,
    (_, name: string) =>
      `<!-- bench:${name} -->\n${content[name] ?? 'Not measured in the run these figures are from.'}\n<!-- /bench -->`,
  );
}

function about({ date, seconds, quick, machine, product }: Results): string {
  const { cpu, cores, memoryGb, os, node, engine, loadBefore } = machine;
  const container = engine === null ? 'no container engine' : `container engine ${engine}`;
  const busy =
    loadBefore > cores / 2 ? ` Others were at work on it (load ${loadBefore}): the figures are noisy.` : '';
  return [
    `Measured on ${date.slice(0, 10)} in ${Math.round(seconds)} s: ${cpu}, ${cores} cores, ${memoryGb} GB, ${os}, Node ${node}, ${container}.`,
    `faas ${product.version}${product.commit ? ` at ${product.commit}` : ''}, run as ${
      product.kind === 'package' ? 'the installed package' : 'sources'
    }.${busy}${quick ? ' A quick run: the figures mean nothing.' : ''}`,
  ].join('\n');
}

const HEAD = ['driver', 'row', 'median', 'p99', 'n', 'beside it', 'ratio', 'goal', ''];

function rowTable(rows: readonly ResultRow[]): string {
  return markdownTable(
    HEAD,
    rows.map((row) => {
      const start = [row.driver ?? '', row.title];
      if (!row.measured) return [...start, `not measured: ${row.reason}`, '', '', '', '', '', ''];
      const { median, p99, n, yardstick, ratio, unit, goal, reached } = row;
      return [
        ...start,
        `**${formatValue(median, unit)}**`,
        p99 === null ? '' : formatValue(p99, unit),
        n.toLocaleString('en-US'),
        yardstick ? `${yardstick.name}: ${formatValue(yardstick.median, unit)}` : '',
        ratio === null ? '' : formatRatio(ratio, goal),
        goal ? formatGoal(goal, unit) : '',
        reached === null ? '' : reached ? '✔' : '✘',
      ];
    }),
  );
}

const PEER_HEAD = [
  'tool',
  'first call of a function',
  'warm p50 / p99',
  'calls/s on 10 connections',
  '20 calls of 100 ms at once, first / second time',
  'command to first answer',
  'save to new answer',
  'memory idle → after load',
];

/** Our own two drivers and the peers of the same run, above what other tools took another time. */
function peerTable({ rows }: Results): string {
  const ours = (['docker', 'process'] as const).map((driver) => {
    const of = figuresOf(rows.filter((row) => row.driver === driver));
    return peerRow(
      `**faas, ${driver}**`,
      `**${of('cold-prewarmed')}** (not prewarmed: ${of('cold-fresh')})`,
      of,
    );
  });
  const peers = Map.groupBy(
    rows.filter(({ scenario }) => scenario.startsWith('peer-')),
    ({ heading }) => heading,
  );
  const measured = [...peers].map(([name, figures]) => {
    const of = figuresOf(figures);
    const version = figures.map((row) => (row.measured ? row.note : null)).find((note) => note !== null);
    return peerRow(`${name}${version ? `, ${version}` : ''}, in this run`, of('first-call'), of);
  });
  return markdownTable(PEER_HEAD, [...ours, ...measured, ...PEER_FIGURES]);
}

type FigureOf = (id: string) => string;

const figuresOf =
  (rows: readonly ResultRow[]): FigureOf =>
  (id) => {
    const row = rows.find((one) => one.id === id);
    return row?.measured ? formatValue(row.median, row.unit) : '-';
  };

const peerRow = (name: string, firstCall: string, of: FigureOf): string[] => [
  name,
  firstCall,
  `${of('warm-p50')} / ${of('warm-p99')}`,
  of('warm-throughput'),
  `${of('burst-first')} / ${of('burst-second')}`,
  of('start'),
  of('dev-reload'),
  `${of('memory-idle')} → ${of('memory-loaded')}`,
];

const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
