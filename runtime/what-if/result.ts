/** What a simulation counts, and what it says in the end. */
import { COLD_REASONS, type ColdReason } from '../core/types.ts';
import { priceOf, priceOfProvisioned } from '../metering/bill.ts';
import { Decimal } from '../metering/decimal.ts';
import { addUsage, Meter, noUsage, type Usage } from '../metering/meter.ts';
import { Samples, type Percentiles } from '../metering/percentiles.ts';
import type { RateCard } from '../metering/rate-cards/rate-card.ts';

export interface CallFigures {
  calls: number;
  /** Calls that waited for a sandbox or an init phase, those on prewarmed sandboxes included. */
  coldStarts: number;
  /** Of these, on a sandbox that had been booted ahead. */
  prewarmed: number;
  /** Of the calls that ran. */
  coldRate: number;
  coldReasons: Partial<Record<ColdReason, number>>;
  throttled: number;
  /** From arrival until the event was handed over. */
  waitMs: Percentiles;
  billedMs: number;
  /** Requests, compute and provisioned concurrency; null where the card bills what a simulation cannot tell. */
  totalUsd: Decimal | null;
}

export interface SimulationResult extends CallFigures {
  /** Seconds that sandboxes existed, prewarmed ones included: what they hold of the machine. */
  containerSeconds: number;
  /** The same times their memory. */
  heldGbSeconds: number;
  peakContainers: number;
  functions: (CallFigures & { function: string })[];
}

/** The counts of one function. */
export class Tally {
  readonly #rates: RateCard;
  readonly #meter: Meter;
  /** Of the tallies this one is the sum of. */
  readonly #added: Usage = noUsage();
  #provisionedUsd = Decimal.zero;
  #wait = new Samples();
  readonly #reasons: Partial<Record<ColdReason, number>> = {};
  #ran = 0;
  #coldStarts = 0;
  #prewarmed = 0;
  #throttled = 0;

  constructor(rates: RateCard) {
    this.#rates = rates;
    this.#meter = new Meter(rates);
  }

  throttled(): void {
    this.#throttled += 1;
  }

  ran(call: {
    start: 'warm' | 'prewarmed' | 'cold';
    coldReason: ColdReason | null;
    waitMs: number;
    /** Of the instance that this call is the first of. */
    initMs: number | null;
    durationMs: number;
    memoryMb: number;
    tmpMb: number;
  }): void {
    this.#ran += 1;
    this.#wait.add(call.waitMs);
    if (call.start !== 'warm') this.#coldStarts += 1;
    if (call.start === 'prewarmed') this.#prewarmed += 1;
    if (call.coldReason) this.#reasons[call.coldReason] = (this.#reasons[call.coldReason] ?? 0) + 1;
    this.#meter.add({
      outcome: 'success',
      durationUs: Math.round(call.durationMs * 1000),
      initUs: Math.round((call.initMs ?? 0) * 1000),
      memoryMb: call.memoryMb,
      tmpMb: call.tmpMb,
      maxMemoryMb: null,
      cpuUs: null,
      asyncBytes: 0,
    });
  }

  /** Instances kept initialised for so long cost money whether they are called or not. */
  provisioned(use: { memoryMb: number; instances: number; seconds: number }): void {
    this.#provisionedUsd = this.#provisionedUsd.plus(priceOfProvisioned(use, this.#rates));
  }

  /** What several functions counted, as one. */
  static sum(tallies: readonly Tally[], rates: RateCard): Tally {
    const sum = new Tally(rates);
    for (const tally of tallies) {
      sum.#ran += tally.#ran;
      sum.#coldStarts += tally.#coldStarts;
      sum.#prewarmed += tally.#prewarmed;
      sum.#throttled += tally.#throttled;
      addUsage(sum.#added, tally.#meter.usage());
      sum.#provisionedUsd = sum.#provisionedUsd.plus(tally.#provisionedUsd);
      for (const reason of COLD_REASONS) {
        const count = tally.#reasons[reason];
        if (count !== undefined) sum.#reasons[reason] = (sum.#reasons[reason] ?? 0) + count;
      }
    }
    sum.#wait = Samples.union(tallies.map((tally) => tally.#wait));
    return sum;
  }

  figures(): CallFigures {
    const usage = this.#meter.usage();
    addUsage(usage, this.#added);
    const price = priceOf(usage, this.#rates).totalUsd.plus(this.#provisionedUsd);
    return {
      calls: this.#ran + this.#throttled,
      coldStarts: this.#coldStarts,
      prewarmed: this.#prewarmed,
      coldRate: this.#ran === 0 ? 0 : this.#coldStarts / this.#ran,
      coldReasons: this.#reasons,
      throttled: this.#throttled,
      waitMs: this.#wait.percentiles(),
      billedMs: Number(usage.billedMs),
      totalUsd: usage.unpriced > 0n ? null : price,
    };
  }
}
