import type { Difference } from '../../runtime/replay/compare.ts';
import type { SideFigures } from '../../runtime/replay/replay.ts';
import type { Colors } from '../context.ts';
import type { ReplayAnswer } from '../replay/run.ts';
import { formatMs, plural, printable } from './format.ts';
import { table } from './table.ts';

/** Differences shown before the rest is only counted. */
const SHOWN_EVENTS = 5;
const SHOWN_PATHS = 5;

/** How many answers were the same, the first that were not, and both revisions' figures side by side. */
export function replayText(answer: ReplayAnswer, colors: Colors): string {
  return [
    heading(answer, colors),
    ...(answer.different.length > 0 ? [differenceText(answer, colors)] : []),
    figures(answer, colors),
    ...(answer.volatile.length > 0
      ? [colors.dim(`passed over, because they change by themselves: ${answer.volatile.join(', ')}`)]
      : []),
  ].join('\n\n');
}

function heading({ events, same, different, ...answer }: ReplayAnswer, colors: Colors): string {
  const what = `${plural(events, 'event')} of ${answer.function}: ${answer.beforeRevision} → ${answer.afterRevision}`;
  const ending =
    different.length === 0
      ? colors.green(`✓ ${same === 1 ? 'the answer is' : `all ${same} answers are`} the same`)
      : colors.red(
          `✖ ${plural(different.length, 'answer')} differ${different.length === 1 ? 's' : ''}, ${same} the same`,
        );
  return `${colors.bold(what)}\n${ending}`;
}

function differenceText({ different }: ReplayAnswer, colors: Colors): string {
  const shown = different.slice(0, SHOWN_EVENTS).map(({ requestId, differences }) => {
    const lines = differences.slice(0, SHOWN_PATHS).map((one) => `  ${differenceLine(one, colors)}`);
    const rest = differences.length - SHOWN_PATHS;
    return [requestId, ...lines, ...(rest > 0 ? [colors.dim(`  and ${rest} more`)] : [])].join('\n');
  });
  const rest = different.length - SHOWN_EVENTS;
  return [
    ...shown,
    ...(rest > 0 ? [colors.dim(`and ${plural(rest, 'more answer')}: --json has them`)] : []),
  ].join('\n');
}

function differenceLine({ path, before, after }: Difference, { red, green }: Colors): string {
  return `${path === '' ? 'answer' : printable(path)}  ${red(valueText(before))} → ${green(valueText(after))}`;
}

function valueText(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return printable(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}

function figures({ before, after, beforeRevision, afterRevision }: ReplayAnswer, colors: Colors): string {
  const columns = [
    { title: 'REVISION' },
    ...['CALLS', 'ERRORS', 'COLD START', 'WARM P50', 'WARM P95', '$ PER 1,000'].map((title) => ({
      title,
      align: 'right' as const,
    })),
  ];
  const row = (id: string, side: SideFigures): string[] => [
    id,
    String(side.calls),
    String(side.errors),
    ms(side.coldStartMs),
    ms(side.durationMs.p50),
    ms(side.durationMs.p95),
    side.usdPer1000 === null ? '–' : side.usdPer1000.toFixed(6),
  ];
  return table(columns, [row(beforeRevision, before), row(afterRevision, after)], colors);
}

const ms = (value: number | null): string => (value === null ? '–' : formatMs(value));
