import { formatDuration } from '../../runtime/config/duration.ts';
import type { Scenario, Varied } from '../../runtime/what-if/scenarios.ts';
import { VARIED } from '../../runtime/what-if/scenarios.ts';
import type { WhatIfRow } from '../../runtime/what-if/what-if.ts';
import type { Colors } from '../context.ts';
import type { WhatIfAnswer } from '../what-if/try.ts';
import { bar } from './bars.ts';
import { formatAge, formatMs, plural } from './format.ts';
import { table, type Column } from './table.ts';

const HOUR_MS = 3_600_000;

/** Where the calls came from, a row per scenario, cold starts and held memory as bars, and what was assumed. */
export function whatIfText(answer: WhatIfAnswer, page: { colors: Colors; width: number }): string {
  const { colors } = page;
  return [
    heading(answer, colors),
    scenarioTable(answer.rows, colors),
    ...(answer.rows.length > 1 ? [charts(answer.rows, page)] : []),
    footer(answer, colors),
  ].join('\n\n');
}

function heading(
  { source, calls, functions, happened, rows, from, to }: WhatIfAnswer,
  colors: Colors,
): string {
  const what = { recorded: 'recorded calls', trace: 'calls of the trace', rate: 'random calls' }[source];
  const span = to - from < HOUR_MS ? formatMs(to - from) : formatAge(to - from);
  const line = `${colors.bold(`${calls} ${what}`)} of ${functions.join(', ')} in ${span}`;
  const simulated = rows[0]?.result.coldStarts;
  if (!happened || simulated === undefined) return line;
  const { coldStarts } = happened;
  return `${line}\n${colors.dim(`${plural(coldStarts, 'cold start')} recorded; simulating the settings in force gives ${simulated}`)}`;
}

const COLUMNS: Column[] = [
  { title: 'SETTINGS' },
  ...['COLD', 'WAIT P50', 'P95', 'P99', 'THROTTLED', 'PEAK', 'HELD GB-S', 'TOTAL $'].map((title): Column => ({
    title,
    align: 'right',
  })),
];

function scenarioTable(rows: WhatIfRow[], colors: Colors): string {
  return table(
    COLUMNS,
    rows.map(({ scenario, result }) => [
      scenarioText(scenario),
      `${result.coldStarts} (${percent(result.coldRate)})`,
      wait(result.waitMs.p50),
      wait(result.waitMs.p95),
      wait(result.waitMs.p99),
      result.throttled === 0 ? '0' : colors.red(String(result.throttled)),
      String(result.peakContainers),
      result.heldGbSeconds.toFixed(result.heldGbSeconds < 100 ? 1 : 0),
      result.totalUsd?.toFixed(6) ?? '–',
    ]),
    colors,
  );
}

/** Both figures pull in opposite directions: beside each other they show where it is worth it. */
function charts(rows: WhatIfRow[], { colors, width }: { colors: Colors; width: number }): string {
  const labels = rows.map(({ scenario }) => scenarioText(scenario));
  const labelWidth = Math.max(...labels.map((label) => label.length));
  const room = Math.max(10, Math.min(40, Math.floor((width - labelWidth - 26) / 2)));
  const mostCold = Math.max(...rows.map(({ result }) => result.coldRate));
  const mostHeld = Math.max(...rows.map(({ result }) => result.heldGbSeconds));
  const head = `${' '.repeat(labelWidth)}  ${'cold rate'.padEnd(room + 8)}  GB-seconds held`;
  const lines = rows.map(({ result }, index) => {
    const cold = `${bar(result.coldRate, mostCold, room)} ${percent(result.coldRate)}`;
    const held = bar(result.heldGbSeconds, mostHeld, room);
    return `${(labels[index] ?? '').padEnd(labelWidth)}  ${colors.cyan(cold.padEnd(room + 8))}  ${colors.magenta(held)}`.trimEnd();
  });
  return [colors.dim(head), ...lines].join('\n');
}

function footer({ startsRecorded, rates, notes }: WhatIfAnswer, { dim, yellow }: Colors): string {
  return [
    ...notes.map((note) => `${yellow('note:')} ${note}`),
    ...(startsRecorded
      ? []
      : [`${yellow('note:')} no cold start was recorded: one is assumed to take 300 ms`]),
    dim(
      'Wait: from arrival until the event is handed over. Held: memory of all sandboxes, prewarmed ones too,',
    ),
    dim(`for as long as they exist. ${rates.name}.`),
  ].join('\n');
}

const NAMES: Record<Varied, (value: number) => string> = {
  idleTimeoutMs: (value) => `idle ${formatDuration(value)}`,
  concurrency: (value) => `concurrency ${value}`,
  provisioned: (value) => `provisioned ${value}`,
  concurrencyPerInstance: (value) => `per instance ${value}`,
  prewarm: (value) => `prewarm ${value}`,
  memoryBudgetMb: (value) => `budget ${value} MB`,
};

function scenarioText(scenario: Scenario): string {
  const parts = VARIED.flatMap((key) => (scenario[key] === undefined ? [] : [NAMES[key](scenario[key])]));
  return parts.length === 0 ? 'as it is' : parts.join(', ');
}

const wait = (ms: number | null): string => (ms === null ? '–' : ms === 0 ? '0' : formatMs(ms));

const percent = (share: number): string => {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(value < 0.1 ? 3 : 1) : value.toFixed(0)} %`;
};
