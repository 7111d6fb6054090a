/** From values to places on a picture, and where the lines of a scale stand. Pure. */

export interface Scale {
  (value: number): number;
  ticks: readonly number[];
}

/** From zero to a round number at or above `most`. */
export function linearScale(most: number, [from, to]: readonly [number, number]): Scale {
  const step = niceStep(most / 4);
  const end = Math.max(step, Math.ceil(most / step - 1e-9) * step);
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, index) =>
    Number((index * step).toPrecision(12)),
  );
  return Object.assign((value: number) => from + (value / end) * (to - from), { ticks });
}

/** 1, 2 or 5 times a power of ten, at or above `rough`. */
function niceStep(rough: number): number {
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Powers of `base` around the values; both ends are ticks. */
export function logScale(
  { least, most, base }: { least: number; most: number; base: 2 | 10 },
  [from, to]: readonly [number, number],
): Scale {
  const log = (value: number): number => Math.log(value) / Math.log(base);
  const first = Math.floor(log(least) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(log(most) - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => base ** (first + index));
  return Object.assign((value: number) => from + ((log(value) - first) / (last - first)) * (to - from), {
    ticks,
  });
}
