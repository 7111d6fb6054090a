/** `faas/testing`: a runtime for tests, and what Vitest's `expect` learns about functions. */
import type { ColdStartOptions, CostOptions, MeasureOptions } from './matchers.ts';
import { matchers } from './matchers.ts';

export { matchers };
export type { ColdStartOptions, CostOptions, MatcherResult, MeasureOptions } from './matchers.ts';
export {
  createTestRuntime,
  type TestCall,
  type TestFunction,
  type TestRuntime,
  type TestRuntimeOptions,
} from './test-runtime.ts';

/** On `expect(runtime.function('hello'))`; each makes calls, and is to be awaited. */
export interface FunctionMatchers {
  /** 1,000 warm calls cost at most so many US dollars. */
  toCostLessThan(usdPer1000: number, options?: CostOptions): Promise<void>;
  /** 95 of 100 cold starts take at most so many milliseconds: provision, boot and init. */
  toColdStartUnder(ms: number, options?: ColdStartOptions): Promise<void>;
  /** 95 of 100 warm calls run at most so many milliseconds. */
  toRunUnder(ms: number, options?: MeasureOptions): Promise<void>;
  /** So many milliseconds are billed for a warm call at most, on average. */
  toBillUnder(ms: number, options?: MeasureOptions): Promise<void>;
  /** At least this share of its memory stays free, at the highest peak of any call. */
  toLeaveMemoryFree(share: number, options?: MeasureOptions): Promise<void>;
}

declare module 'vitest' {
  // The parameter must be written as Vitest does.
  // oxlint-disable-next-line typescript/no-explicit-any, no-unused-vars
  interface Matchers<T = any> extends FunctionMatchers {}
}

// Vitest is the user's; elsewhere `matchers` is there for whatever expect there is.
if (process.env['VITEST'] !== undefined) {
  const vitest = await import('vitest').catch(() => undefined);
  vitest?.expect.extend(matchers);
}
