/** Time as a dependency, so that tests can own it. */
export interface Clock {
  /** Epoch milliseconds with microseconds as the fraction; never goes backwards. */
  now(): number;
  /** Runs `fn` once after `ms`; returns its cancel. Does not hold the process. */
  after(ms: number, fn: () => void): () => void;
}

const origin = performance.timeOrigin;

export const systemClock: Clock = {
  now: () => Math.round((origin + performance.now()) * 1000) / 1000,
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Milliseconds rounded to the microsecond, which is what records promise. */
export const toMicroseconds = (ms: number): number => Math.round(ms * 1000) / 1000;
