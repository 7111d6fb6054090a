/** The room a picture has, its grid and its axes. */
import { element, label } from './markup.ts';
import type { Scale } from './scale.ts';

export const WIDTH = 440;
export const HEIGHT = 240;
/** Where the drawing is; labels stand outside. */
export const PLOT = { left: 56, right: WIDTH - 12, top: 14, bottom: HEIGHT - 40 } as const;

/** A picture with its description for those who do not see it. */
export const picture = (description: string, ...parts: string[]): string =>
  element('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': description }, ...parts);

/** Horizontal lines with their values at the left. */
export const horizontalGrid = (scale: Scale, format: (value: number) => string): string =>
  scale.ticks
    .map(
      (tick) =>
        element('line', { class: 'grid', x1: PLOT.left, x2: PLOT.right, y1: scale(tick), y2: scale(tick) }) +
        label(format(tick), { class: 'tick', x: PLOT.left - 6, y: scale(tick) + 4, anchor: 'end' }),
    )
    .join('');

/** Values under the drawing, at most as many as there is room for. */
export function ticksBelow(ticks: readonly { x: number; text: string }[]): string {
  const most = 6;
  const every = Math.max(1, Math.ceil(ticks.length / most));
  return ticks
    .filter((_, index) => index % every === 0)
    .map(({ x, text }) => label(text, { class: 'tick', x, y: PLOT.bottom + 16, anchor: 'middle' }))
    .join('');
}

export const caption = (text: string): string =>
  label(text, { class: 'caption', x: (PLOT.left + PLOT.right) / 2, y: HEIGHT - 6, anchor: 'middle' });
