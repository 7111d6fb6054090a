import type { InvocationRecord, Phases } from '../../runtime/core/types.ts';
import type { Colors } from '../context.ts';
import { formatClock, formatMs, printable } from './format.ts';
import { colorOf } from './log-line.ts';

export interface Widths {
  function: number;
  trigger: number;
}

/** One finished invocation in one line, columns aligned with the lines around it. */
export function recordLine(record: InvocationRecord, colors: Colors, widths: Widths): string {
  const { dim, green, red } = colors;
  const good = record.outcome === 'success';
  const columns = [
    dim(formatClock(endOf(record))),
    `${good ? green('✔') : red('✖')} ${colorOf(record.function, colors)(record.function.padEnd(widths.function))}`,
    triggerText(record).padEnd(widths.trigger),
    formatMs(record.durationMs).padStart(8),
    dim(`billed ${`${record.billedMs} ms`.padStart(7)}`),
    dim((record.maxMemoryMb === null ? '' : `${Math.round(record.maxMemoryMb)} MB`).padStart(6)),
    startText(record, colors),
  ];
  const line = columns.join('  ').trimEnd();
  return good ? line : `${line}\n${failureText(record, colors)}`;
}

/** `GET /hello/:name`, `s3 photos`, `direct`. */
export function triggerText({ trigger }: Pick<InvocationRecord, 'trigger'>): string {
  if (trigger.source === null) return trigger.type;
  return trigger.type === 'http' ? trigger.source : `${trigger.type} ${trigger.source}`;
}

/** When it was over: lines are printed then, and their times are to rise. */
const endOf = ({ receivedAt, phases, coldStartMs, durationMs }: InvocationRecord): number =>
  receivedAt + (phases.queueMs ?? 0) + (phases.thawMs ?? 0) + coldStartMs + durationMs;

const PHASE_NAMES: [keyof Phases, string][] = [
  ['queueMs', 'queued'],
  ['provisionMs', 'provision'],
  ['bootMs', 'boot'],
  ['initMs', 'init'],
  ['thawMs', 'thaw'],
];

/** `warm`, or `cold 312 ms: provision 41 + boot 245 + init 12 (first)`. What took no time is left out. */
function startText(record: InvocationRecord, { dim, cyan, yellow }: Colors): string {
  const phases = PHASE_NAMES.flatMap(([key, name]) => {
    const ms = record.phases[key];
    return ms === null || ms < 0.5 ? [] : [`${name} ${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)}`];
  }).join(' + ');
  if (record.start === null || record.start === 'warm') {
    return dim([record.start, phases && `(${phases})`].filter(Boolean).join(' '));
  }
  const color = record.start === 'cold' ? yellow : cyan;
  const reason = record.coldReason === null ? '' : ` (${record.coldReason})`;
  return `${color(`${record.start} ${formatMs(record.coldStartMs)}`)}${dim(`${phases && `: ${phases}`}${reason}`)}`;
}

function failureText(record: InvocationRecord, { red, dim }: Colors): string {
  const what = record.errorType === null ? record.outcome : `${record.outcome}: ${record.errorType}`;
  const message = printable((record.errorMessage ?? '').split('\n')[0] ?? '');
  return `${' '.repeat(14)}${red(what)}${message && ` ${message}`}  ${dim(record.requestId)}`;
}
