import type { CostReportView } from '../../client/responses.ts';
import { formatMs } from '../../terminal/format.ts';
import { caption, horizontalGrid, picture, PLOT, ticksBelow } from './frame.ts';
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
  const names = [...new Set(shown.map(({ function: name }) => name))].toSorted();
  const groups = [...Map.groupBy(shown, ({ memoryMb }) => memoryMb).values()];
  return picture(
    'Duration of each function against its memory',
    horizontalGrid(y, formatMs),
    ...groups.map((peers) => group(peers, names, x, y)),
    ticksBelow(x.ticks.map((mb) => ({ x: x(mb), text: `${mb}` }))),
    caption('memory in MB; dotted: from the peak in use to the setting'),
  );
}

/** Functions of one size stand side by side, their names above each other. */
function group(peers: readonly Point[], names: readonly string[], x: Scale, y: Scale): string {
  const highest = Math.min(...peers.map(({ durationMs }) => y(durationMs.p95)));
  return peers
    .map((point, index) => {
      const at = x(point.memoryMb) + (index - (peers.length - 1) / 2) * 12;
      const nameAt = { x: x(point.memoryMb), y: highest - 7 - (peers.length - 1 - index) * 13 };
      return element(
        'g',
        { class: `hover tone-${names.indexOf(point.function) % TONES}` },
        element('title', {}, escape(describe(point))),
        dot(point, at, x, y),
        label(point.function, { class: 'name', ...nameAt, anchor: anchorAt(nameAt.x) }),
      );
    })
    .join('');
}

/** As many as style.ts has. */
const TONES = 6;

const anchorAt = (x: number): 'start' | 'middle' | 'end' =>
  x > PLOT.right - 40 ? 'end' : x < PLOT.left + 40 ? 'start' : 'middle';

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
