/** What reading one value from a user gave: the value, or what was wrong with it. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; problem: Mistake };

export interface Mistake {
  expected: string;
  /** What came instead; default: the value itself. */
  got?: string;
  remedy?: string;
}

export const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value });

export const mistake = (
  expected: string,
  more: Omit<Mistake, 'expected'> = {},
): { ok: false; problem: Mistake } => ({
  ok: false,
  problem: { expected, ...more },
});
