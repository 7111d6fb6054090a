/** The report as one file: no script, no font, no request; it can be mailed and opened anywhere. */
import { exactDigits } from '../../client/exact-json.ts';
import type { CostFiguresView, CostReportView } from '../../client/responses.ts';
import { formatMs } from '../../terminal/format.ts';
import { formatUsd } from '../../terminal/usd.ts';
import { coldStarts } from './cold-starts.ts';
import { costOverTime } from './cost-over-time.ts';
import { durationByMemory } from './duration-by-memory.ts';
import { element, escape } from './markup.ts';
import { STYLE } from './style.ts';
import { costRows, wasteRows } from './tables.ts';

export function costPage(report: CostReportView): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="faas cost">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>What it would cost</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${header(report)}
${report.rows.length === 0 ? element('p', {}, 'Nothing was invoked in this time.') : body(report)}
${footer(report)}
</main>
</body>
</html>`;
}

const header = ({ rates, from, to }: CostReportView): string =>
  `<header><h1>What it would cost</h1><p class="soft">${escape(rates.name)} · ${escape(day(from))} to ${escape(day(to))}</p></header>`;

const day = (at: string | null): string => at?.slice(0, 16).replace('T', ' ') ?? 'now';

const body = (report: CostReportView): string =>
  [tiles(report), charts(report), costRows(report), wasteRows(report)].join('\n');

function tiles(report: CostReportView): string {
  const { totals, projection, invoice } = report;
  const ran = totals.invocations - totals.throttled - totals.cancelled;
  const perThousand = ran === 0 ? 0 : (Number(exactDigits(totals.totalUsd)) / ran) * 1000;
  const list: [value: string, what: string, main?: boolean][] = [
    [formatUsd(totals.totalUsd), 'for these invocations', true],
    ...(projection
      ? [
          [
            formatUsd(projection.bill.totalUsd),
            `a month, ${projection.callsPerMonth.toLocaleString('en-US')} calls`,
            true,
          ] as [string, string, boolean],
        ]
      : []),
    ...(invoice?.freeTier === true
      ? [[formatUsd(invoice.totalUsd), 'invoice, free tier subtracted'] as [string, string]]
      : []),
    [formatUsd(perThousand), 'per 1,000 calls'],
    [totals.invocations.toLocaleString('en-US'), `calls, ${totals.errors.toLocaleString('en-US')} failed`],
    [share(totals.coldStarts, totals.invocations), 'were cold'],
    [ms(totals.durationMs.p50), `median duration, p95 ${ms(totals.durationMs.p95)}`],
    [ms(totals.coldStartMs.p95), 'p95 cold start'],
  ];
  const tile = ([value, what, main]: (typeof list)[number]): string =>
    `<div class="tile${main === true ? ' main' : ''}"><b>${escape(value)}</b><span>${escape(what)}</span></div>`;
  return `<div class="tiles">${list.map(tile).join('')}</div>`;
}

const ms = (value: number | null): string => (value === null ? '–' : formatMs(value));

function share(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (part / whole) * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

function charts({ charts: data, totals }: CostReportView): string {
  if (data === undefined) return '';
  const cards = [
    ['Cost over time', data.overTime.slots.length > 0 ? costOverTime(data.overTime) : ''],
    ['Cold starts', data.coldStarts.length > 0 ? coldStarts(data.coldStarts, totals) + whyCold(totals) : ''],
    ['Duration against memory', data.memory.length > 0 ? durationByMemory(data.memory) : ''],
  ] as const;
  return `<div class="charts">${cards
    .filter(([, picture]) => picture !== '')
    .map(([title, picture]) => `<section class="card"><h2>${title}</h2>${picture}</section>`)
    .join('')}</div>`;
}

/** Where the time of the median goes, and why nothing was warm. */
function whyCold({ coldPhasesMs, coldReasons }: CostFiguresView): string {
  const phases = (['provision', 'boot', 'init'] as const).flatMap((phase) => {
    const { p50 } = coldPhasesMs[phase];
    return p50 === null ? [] : [{ phase, p50 }];
  });
  const reasons = Object.entries(coldReasons).filter(([, count]) => count > 0);
  return [
    `<div class="split" role="img" aria-label="Median phases of a cold start">${phases.map(({ p50 }) => `<i style="flex:${p50.toFixed(3)}"></i>`).join('')}</div>`,
    `<div class="keys phases">${phases.map(({ phase, p50 }) => `<span><i></i>${phase} ${escape(formatMs(p50))}</span>`).join('')}</div>`,
    `<div class="keys"><span>Why:</span>${reasons.map(([reason, count]) => `<span>${escape(reason)} ${count.toLocaleString('en-US')}</span>`).join('')}</div>`,
  ].join('');
}

const footer = ({ rates, totals, invoice }: CostReportView): string =>
  `<footer>${[
    `Rate card ${rates.id}, in force since ${rates.effectiveFrom}: ${rates.source}.`,
    invoice?.freeTier === true
      ? 'Sums are at first-tier prices; the invoice has tiers and the free tier applied, month by month.'
      : 'Sums are at first-tier prices, without the free tier.',
    'Durations are those of the machine the functions ran on; a laptop is not a Lambda.',
    ...(totals.unpriced > 0
      ? [
          `${totals.unpriced.toLocaleString('en-US')} invocations have no compute charge: a figure this card bills was not read.`,
        ]
      : []),
    ...(rates.notes ?? []),
  ]
    .map((line) => `<p>${escape(line)}</p>`)
    .join('')}</footer>`;
