/** What `expect` learns about functions: noise-aware, by the same rules as `faas budget`. */
import { holdAgainst, type Finding, type Measure } from '../../runtime/budget/limits.ts';
import { observe } from '../../runtime/budget/observe.ts';
import type { InvocationRecord } from '../../runtime/core/types.ts';
import { DEFAULT_RATE_CARD, findRateCard } from '../../runtime/metering/rate-cards/index.ts';
import type { TestFunction } from './test-runtime.ts';

/** How the calls that are judged come about. */
export interface MeasureOptions {
  /** Calls to make; default 20. */
  calls?: number;
  /** The event of each; default `{}`. */
  event?: unknown;
  /** Calls over HTTP instead, at this path. */
  path?: string;
}

export interface ColdStartOptions {
  /** Cold starts to make; default 5. */
  starts?: number;
  event?: unknown;
}

export interface CostOptions extends MeasureOptions {
  /** A rate card's id or family; default: AWS Lambda x86. */
  rates?: string;
}

export interface MatcherResult {
  pass: boolean;
  message(): string;
}

const CALLS = 20;
const STARTS = 5;

/**
 * For `expect.extend`. Each makes calls of its own: a warm-up that is not counted, then `calls`. It fails when the limit
 * is surely broken: when noise alone would explain what was seen in less than 5 of 100 runs. A call that fails, fails it.
 */
export const matchers = {
  /** 1,000 warm calls cost at most so many US dollars. */
  async toCostLessThan(
    subject: unknown,
    usdPer1000: number,
    options: CostOptions = {},
  ): Promise<MatcherResult> {
    const records = await warmCalls(asFunction(subject), options);
    return judge(subject, 'usdPer1000', usdPer1000, records, options.rates);
  },

  /** 95 of 100 cold starts take at most so many milliseconds: provision, boot and init. */
  async toColdStartUnder(
    subject: unknown,
    ms: number,
    options: ColdStartOptions = {},
  ): Promise<MatcherResult> {
    const tested = asFunction(subject);
    const records: InvocationRecord[] = [];
    for (let start = 0; start < (options.starts ?? STARTS); start += 1) {
      records.push((await tested.coldStart(options.event)).record);
    }
    return judge(subject, 'coldStartP95', ms, records);
  },

  /** 95 of 100 warm calls run at most so many milliseconds. */
  async toRunUnder(subject: unknown, ms: number, options: MeasureOptions = {}): Promise<MatcherResult> {
    return judge(subject, 'durationP95', ms, await warmCalls(asFunction(subject), options));
  },

  /** So many milliseconds are billed for a warm call at most, on average. */
  async toBillUnder(subject: unknown, ms: number, options: MeasureOptions = {}): Promise<MatcherResult> {
    return judge(subject, 'billedMs', ms, await warmCalls(asFunction(subject), options));
  },

  /** At least this share of its memory stays free, at the highest peak of any call. */
  async toLeaveMemoryFree(
    subject: unknown,
    share: number,
    options: MeasureOptions = {},
  ): Promise<MatcherResult> {
    return judge(subject, 'memoryHeadroom', share, await warmCalls(asFunction(subject), options));
  },
};

function asFunction(subject: unknown): TestFunction {
  if (typeof subject === 'object' && subject !== null && 'coldStart' in subject && 'records' in subject) {
    return subject as TestFunction; // the only thing of that shape
  }
  throw new TypeError('expected a function of a test runtime: (await createTestRuntime(…)).function(NAME)');
}

async function warmCalls(
  tested: TestFunction,
  { calls = CALLS, event, path }: MeasureOptions,
): Promise<InvocationRecord[]> {
  const call = async (): Promise<void> => {
    if (path === undefined) await tested.invoke(event);
    else await (await tested.fetch(path)).arrayBuffer();
  };
  await call();
  const before = tested.records().length;
  for (let made = 0; made < calls; made += 1) await call();
  return tested.records().slice(before);
}

function judge(
  subject: unknown,
  measure: Measure,
  limit: number,
  records: readonly InvocationRecord[],
  rates?: string,
): MatcherResult {
  const { name } = asFunction(subject);
  const failed = records.find(({ outcome }) => outcome !== 'success');
  if (failed) {
    const { outcome, errorType, errorMessage } = failed;
    return {
      pass: false,
      message: () => `${name} failed instead: ${outcome}, ${errorType ?? ''} ${errorMessage ?? ''}`.trimEnd(),
    };
  }
  const card = rates === undefined ? DEFAULT_RATE_CARD : findRateCard(rates);
  const [finding] = holdAgainst({ [measure]: limit }, observe(name, records, card));
  if (!finding || finding.verdict === 'no data') {
    return { pass: false, message: () => `${name}: ${WORDS[measure].what} could not be measured` };
  }
  return { pass: finding.verdict !== 'over', message: () => sentence(name, finding) };
}

function sentence(name: string, { measure, seen, limit, samples, verdict }: Finding): string {
  const { what, show, bound } = WORDS[measure];
  const got = `${name}: ${what} is ${seen === null ? 'unknown' : show(seen)} (${samples} calls)`;
  const wanted =
    verdict === 'over' ? `expected ${bound} ${show(limit)}` : `expected it not to be ${bound} ${show(limit)}`;
  return `${got}, ${wanted}`;
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const usd = (value: number): string => `$${value.toPrecision(4)}`;
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

const WORDS: Record<Measure, { what: string; show(this: void, value: number): string; bound: string }> = {
  coldStartP95: { what: 'the p95 of cold starts', show: ms, bound: 'at most' },
  durationP95: { what: 'the p95 of durations', show: ms, bound: 'at most' },
  billedMs: { what: 'the billed time of a call', show: ms, bound: 'at most' },
  usdPer1000: { what: 'the price of 1,000 calls', show: usd, bound: 'at most' },
  coldRate: { what: 'the cold rate', show: percent, bound: 'at most' },
  memoryHeadroom: { what: 'the free share of the memory', show: percent, bound: 'at least' },
};
