import { PLOT } from './frame.ts';

export interface Label {
  text: string;
  /** Its middle. */
  x: number;
  /** Its base line. */
  y: number;
}

const LINE_HEIGHT = 13;
/** Of the average character at the size of a label; a little more than it takes. */
const CHARACTER_WIDTH = 7;

/** The same labels inside the picture and clear of each other: from the lowest up, each moves up until it is free. */
export function placeLabels<One extends Label>(labels: readonly One[]): One[] {
  const placed: One[] = [];
  for (const one of labels.toSorted((a, b) => b.y - a.y)) {
    const half = widthOf(one.text) / 2;
    const label = { ...one, x: Math.min(Math.max(one.x, PLOT.left + half), PLOT.right - half) };
    for (;;) {
      const lower = placed.find((other) => overlap(label, other));
      if (lower === undefined) break;
      label.y = lower.y - LINE_HEIGHT;
    }
    placed.push(label);
  }
  return placed;
}

const widthOf = (text: string): number => text.length * CHARACTER_WIDTH;

const overlap = (a: Label, b: Label): boolean =>
  Math.abs(a.y - b.y) < LINE_HEIGHT && Math.abs(a.x - b.x) < (widthOf(a.text) + widthOf(b.text)) / 2;
