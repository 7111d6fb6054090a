import type { CostReportView } from '../../client/responses.ts';
import { exactDigits } from '../../client/exact-json.ts';
import { formatUsd } from '../../terminal/usd.ts';
import { caption, horizontalGrid, picture, PLOT, ticksBelow } from './frame.ts';
import { element, escape } from './markup.ts';
import { linearScale } from './scale.ts';

type OverTime = NonNullable<CostReportView['charts']>['overTime'];

/** A bar for each hour or day; the part of its calls that were cold is told when one points at it. */
export function costOverTime({ slot, slots }: OverTime): string {
  const usd = slots.map(({ totalUsd }) => Number(exactDigits(totalUsd)));
  const scale = linearScale(Math.max(...usd), [PLOT.bottom, PLOT.top]);
  const step = (PLOT.right - PLOT.left) / slots.length;
  const bars = slots.map(({ at, totalUsd, invocations, coldStarts }, index) => {
    const top = scale(usd[index] ?? 0);
    const title = `${nameOf(at, slot)}: ${formatUsd(totalUsd)}, ${invocations} calls, ${coldStarts} cold`;
    return element(
      'g',
      { class: 'hover' },
      element('title', {}, escape(title)),
      element('rect', {
        class: 'touch',
        x: PLOT.left + index * step,
        y: PLOT.top,
        width: step,
        height: PLOT.bottom - PLOT.top,
      }),
      element('rect', {
        class: 'bar',
        x: PLOT.left + index * step + Math.min(2, step * 0.1),
        y: top,
        width: Math.max(0.5, Math.min(44, step - Math.min(4, step * 0.2))),
        height: PLOT.bottom - top,
        rx: Math.min(2, step / 4),
      }),
    );
  });
  const ticks = slots.map(({ at }, index) => ({
    x: PLOT.left + (index + 0.5) * step,
    text: slot === 'day' ? at.slice(5, 10) : `${at.slice(11, 13)}:00`,
  }));
  return picture(
    `Cost of each ${slot}, the dearest ${formatUsd(Math.max(...usd))}`,
    horizontalGrid(scale, formatUsd),
    ...bars,
    ticksBelow(ticks),
    caption(slot === 'day' ? 'day (UTC)' : 'hour (UTC)'),
  );
}

const nameOf = (at: string, slot: OverTime['slot']): string =>
  slot === 'day' ? at.slice(0, 10) : `${at.slice(0, 10)} ${at.slice(11, 16)}`;
