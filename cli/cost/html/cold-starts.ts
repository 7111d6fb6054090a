import type { CostFiguresView, CostReportView } from '../../client/responses.ts';
import { formatMs } from '../../terminal/format.ts';
import { caption, horizontalGrid, picture, PLOT, ticksBelow } from './frame.ts';
import { element, escape, label } from './markup.ts';
import { linearScale } from './scale.ts';

type Bins = NonNullable<CostReportView['charts']>['coldStarts'];

/** How many cold starts took how long, on a logarithmic scale, with the median and the 95th percentile. */
export function coldStarts(bins: Bins, { coldStartMs }: CostFiguresView): string {
  const most = Math.max(...bins.map(({ count }) => count));
  const scale = linearScale(most, [PLOT.bottom, PLOT.top + 14]);
  const [from, to] = [bins[0]?.fromMs ?? 1, bins.at(-1)?.toMs ?? 10];
  const x = (ms: number): number =>
    PLOT.left + (Math.log(ms / from) / Math.log(to / from)) * (PLOT.right - PLOT.left);
  const bars = bins.map(({ fromMs, toMs, count }) =>
    element(
      'g',
      { class: 'hover' },
      element('title', {}, escape(`${formatMs(fromMs)} to ${formatMs(toMs)}: ${count}`)),
      element('rect', {
        class: 'bar cold',
        x: x(fromMs) + 1,
        y: scale(count),
        width: Math.max(1, Math.min(56, x(toMs) - x(fromMs) - 2)),
        height: PLOT.bottom - scale(count),
        rx: 2,
      }),
    ),
  );
  const marks = (['p50', 'p95'] as const).flatMap((rank) => {
    const ms = coldStartMs[rank];
    return ms === null ? [] : [mark(x(Math.min(Math.max(ms, from), to)), `${rank} ${formatMs(ms)}`, rank)];
  });
  return picture(
    `${bins.reduce((sum, { count }) => sum + count, 0)} cold starts, half of them within ${formatMs(coldStartMs.p50 ?? 0)}`,
    horizontalGrid(scale, (count) => (Number.isInteger(count) ? count.toLocaleString('en-US') : '')),
    ...bars,
    ...marks,
    ticksBelow(bins.map(({ fromMs }) => ({ x: x(fromMs), text: formatMs(fromMs) }))),
    caption('time the caller waited for a sandbox and its init'),
  );
}

/** The median's text stands left of its line and the other's right, so that they do not meet. */
function mark(x: number, text: string, rank: 'p50' | 'p95'): string {
  const fitsLeft = x > PLOT.left + 80;
  const anchor = rank === 'p50' ? (fitsLeft ? 'end' : 'start') : x > PLOT.right - 80 ? 'end' : 'start';
  const y = rank === 'p50' ? PLOT.top + 6 : PLOT.top + 20;
  return (
    element('line', { class: 'mark', x1: x, x2: x, y1: PLOT.top, y2: PLOT.bottom }) +
    label(text, { class: 'note', x: x + (anchor === 'end' ? -4 : 4), y, anchor })
  );
}
