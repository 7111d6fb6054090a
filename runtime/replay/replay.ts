/**
 * The same events, sent to two revisions.
 *
 * 1. Events go one after another, to both sides in turn, the first side alternating: what warms up or slows down over
 *    time does so for both.
 * 2. The earlier revision gets each event twice. What differs between its own two answers changes by itself (a time, a
 *    random number) and is no difference between the revisions.
 * 3. Durations and money are compared over warm calls; what was cold is counted apart.
 */
import type { InvocationRecord, InvokeResult } from '../core/types.ts';
import { bill } from '../metering/bill.ts';
import { Samples } from '../metering/percentiles.ts';
import type { RateCard } from '../metering/rate-cards/rate-card.ts';
import type { RecordedEvent } from '../store/store.ts';
import { anyPlace, differences, isIgnored, type Difference } from './compare.ts';

/** Calls the function on one side. */
export type Side = (event: RecordedEvent) => Promise<InvokeResult>;

export interface ReplayOptions {
  /** Oldest first. */
  events: readonly RecordedEvent[];
  before: Side;
  after: Side;
  /** Paths whose differences are passed over. */
  ignore: readonly string[];
  rates: RateCard;
  onEvent?(done: number): void;
  signal?: AbortSignal;
}

export interface ReplayedEvent {
  requestId: string;
  receivedAt: number;
  /** Empty: the same answer. */
  differences: Difference[];
}

export interface SideFigures {
  calls: number;
  errors: number;
  /** Of warm calls. */
  durationMs: { p50: number | null; p95: number | null };
  /** What 1,000 warm calls cost, US dollars. */
  usdPer1000: number | null;
  coldStartMs: number | null;
}

export interface Replay {
  events: number;
  same: number;
  different: ReplayedEvent[];
  /** Paths that changed by themselves. */
  volatile: string[];
  before: SideFigures;
  after: SideFigures;
}

export async function replay(options: ReplayOptions): Promise<Replay> {
  const { events, ignore, rates } = options;
  const [before, after] = [new Figures(rates), new Figures(rates)];
  const volatile = new Set<string>();
  const differing: ReplayedEvent[] = [];
  for (const [index, event] of events.entries()) {
    options.signal?.throwIfAborted();
    options.onEvent?.(index);
    const answers = await bothAnswers(options, event, index % 2 === 0);
    before.add(answers.before.record);
    after.add(answers.after.record);
    before.add(answers.again.record);
    for (const { path } of differences(said(answers.before), said(answers.again)))
      volatile.add(anyPlace(path));
    const found = differences(said(answers.before), said(answers.after));
    if (found.length > 0) differing.push({ ...idOf(event), differences: found });
  }
  // Known only now: a field may have changed by itself in a later event only.
  const passed = new Set([...ignore, ...volatile]);
  const different = differing
    .map((one) => ({ ...one, differences: one.differences.filter((found) => !isIgnored(found, passed)) }))
    .filter((one) => one.differences.length > 0);
  return {
    events: events.length,
    same: events.length - different.length,
    different,
    volatile: [...volatile].toSorted(),
    before: before.figures(),
    after: after.figures(),
  };
}

async function bothAnswers({ before, after }: ReplayOptions, event: RecordedEvent, beforeFirst: boolean) {
  if (beforeFirst) {
    const first = await before(event);
    return { before: first, after: await after(event), again: await before(event) };
  }
  const last = await after(event);
  return { after: last, before: await before(event), again: await before(event) };
}

/** An error is an answer, too. Its stack trace names lines that any change moves. */
function said({ payload, error }: InvokeResult): unknown {
  if (error) return { errorType: error.errorType, errorMessage: withoutId(error.errorMessage) };
  return payload === null ? null : JSON.parse(Buffer.from(payload).toString('utf8'));
}

const withoutId = (message: string): string => message.replace(/RequestId: [\da-f-]{36} /u, '');

const idOf = ({ requestId, receivedAt }: RecordedEvent) => ({ requestId, receivedAt });

class Figures {
  readonly #rates: RateCard;
  readonly #durations = new Samples();
  #calls = 0;
  #errors = 0;
  #usd = 0;
  #coldStartMs: number | null = null;

  constructor(rates: RateCard) {
    this.#rates = rates;
  }

  add(record: InvocationRecord): void {
    this.#calls += 1;
    if (record.outcome !== 'success') this.#errors += 1;
    if (record.start !== 'warm') {
      this.#coldStartMs ??= record.coldStartMs;
      return;
    }
    this.#durations.add(record.durationMs);
    this.#usd += Number(bill(record, this.#rates).totalUsd.toString());
  }

  figures(): SideFigures {
    const { p50, p95 } = this.#durations.percentiles();
    const warm = this.#durations.length;
    return {
      calls: this.#calls,
      errors: this.#errors,
      durationMs: { p50, p95 },
      usdPer1000: warm === 0 ? null : (this.#usd / warm) * 1000,
      coldStartMs: this.#coldStartMs,
    };
  }
}
