import type { CostReportView } from '../../client/responses.ts';
import { formatMs } from '../../terminal/format.ts';
import { caption, horizontalGrid, picture, PLOT, ticksBelow } from './frame.ts';
import { placeLabels } from './labels.ts';
import { element, escape, label } from './markup.ts';
import { logScale } from './scale.ts';
import type { Scale } from './scale.ts';

type Point = NonNullable<CostReportView['charts']>['memory'][number];

/** More would cover each other; the busiest are shown. */
const MOST = 10;

/**
 * A dot for the median of a function at a memory size, a line from its 5th to its 95th percentile, and a faint one
 * back to the memory it has really used.
 */
export function durationByMemory(points: readonly Point[]): string {
  const shown = points.toSorted((a, b) => b.invocations - a.invocations).slice(0, MOST);
  const lows = shown.map(({ durationMs }) => Math.max(durationMs.p5, 0.01));
  const highs = shown.map(({ durationMs }) => durationMs.p95);
  const y = logScale({ least: Math.min(...lows), most: Math.max(...highs), base: 10 }, [
    PLOT.bottom,
    PLOT.top + 30,
  ]);
  const sizes = shown.flatMap(({ memoryMb, peakMemoryMb }) => [
    memoryMb,
    Math.max(peakMemoryMb ?? memoryMb, 16),
  ]);
  const x = logScale({ least: Math.min(...sizes), most: Math.max(...sizes) * 1.2, base: 2 }, [
    PLOT.left + 8,
    PLOT.right - 8,
  ]);
  const tones = [...new Set(shown.map(({ function: name }) => name))].toSorted();
  const placed = placeLabels(
    besideEachOther(shown, x).map(({ point, at }) => ({
      point,
      at,
      text: point.function,
      x: at,
      y: y(point.durationMs.p95) - 7,
    })),
  );
  return picture(
    'Duration of each function against its memory',
    horizontalGrid(y, formatMs),
    ...placed.map(({ point, at, text, x: labelX, y: labelY }) =>
      element(
        'g',
        { class: `hover tone-${tones.indexOf(point.function) % TONES}` },
        element('title', {}, escape(describe(point))),
        dot(point, at, x, y),
        label(text, { class: 'name', x: labelX, y: labelY, anchor: 'middle' }),
      ),
    ),
    ticksBelow(x.ticks.map((mb) => ({ x: x(mb), text: `${mb}` }))),
    caption('memory in MB; dotted: from the peak in use to the setting'),
  );
}

/** Functions of one size do not stand on one another. */
function besideEachOther(points: readonly Point[], x: Scale): { point: Point; at: number }[] {
  const groups = [...Map.groupBy(points, ({ memoryMb }) => memoryMb).values()];
  return groups.flatMap((peers) =>
    peers.map((point, index) => ({
      point,
      at: x(point.memoryMb) + (index - (peers.length - 1) / 2) * 12,
    })),
  );
}

/** As many as style.ts has. */
const TONES = 6;

const describe = ({ function: name, memoryMb, peakMemoryMb, invocations, durationMs }: Point): string =>
  `${name}, ${memoryMb} MB: median ${formatMs(durationMs.p50)}, 5 to 95 % ${formatMs(durationMs.p5)} to ${formatMs(durationMs.p95)}, ${invocations} calls, ${peakMemoryMb === null ? 'peak not read' : `peak ${peakMemoryMb} MB`}`;

function dot({ peakMemoryMb, durationMs }: Point, at: number, x: Scale, y: Scale): string {
  const middle = y(Math.max(durationMs.p50, 0.01));
  const [low, high] = [y(Math.max(durationMs.p5, 0.01)), y(durationMs.p95)];
  const peak = peakMemoryMb === null ? undefined : x(Math.max(peakMemoryMb, 16));
  return [
    peak === undefined
      ? ''
      : element('line', { class: 'headroom', x1: peak, x2: at, y1: middle, y2: middle }),
    element('line', { class: 'range', x1: at, x2: at, y1: low, y2: high }),
    element('circle', { class: 'dot', cx: at, cy: middle, r: 4.5 }),
  ].join('');
}
