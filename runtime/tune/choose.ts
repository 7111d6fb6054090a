/** From measured calls to a curve and three choices on it. Pure. */
import type { InvocationRecord, Outcome } from '../core/types.ts';
import { bill } from '../metering/bill.ts';
import { Decimal } from '../metering/decimal.ts';
import type { RateCard } from '../metering/rate-cards/rate-card.ts';

/** What one memory size did. */
export interface TunedSize {
  memoryMb: number;
  /** Processors its share comes to. */
  cpus: number;
  /** Null when a call did not succeed there: what came of it. */
  failed: { outcome: Outcome; message: string | null } | null;
  /** Calls that count, outliers left out. */
  calls: number;
  outliers: number;
  /** Of those calls; null where none succeeded. */
  durationMs: { mean: number; min: number; max: number } | null;
  /** What a million such calls cost, warm. */
  usdPerMillion: Decimal | null;
  /** Processors it really had, where the calls used enough CPU time to tell. */
  observedCpus: number | null;
  peakMemoryMb: number | null;
  /** Of the first call: what it waited for its sandbox and its init. */
  coldStartMs: number | null;
  initMs: number | null;
}

export interface Choices {
  cheapest: number;
  fastest: number;
  /** Where cost times duration is least: a tenth less of either counts the same. */
  balanced: number;
}

/** The share of the calls at each end that is left out: one of ten. */
const TRIMMED = 0.1;
/** Figures closer than this are the same: a call here and there is slower for no reason of the function's. */
const SAME = 1.03;
/** Less CPU time in a call says nothing about the share it had. */
const TELLING_CPU_MS = 20;

export interface MeasuredSize {
  memoryMb: number;
  cpus: number;
  first: InvocationRecord;
  /** The warm calls, in the order in which they were made. */
  warm: readonly InvocationRecord[];
}

export function curvePoint({ memoryMb, cpus, first, warm }: MeasuredSize, card: RateCard): TunedSize {
  const failure = [first, ...warm].find(({ outcome }) => outcome !== 'success');
  const { kept, outliers } = trim(failure === undefined ? warm : []);
  const peaks = [first, ...warm].flatMap((record) => record.maxMemoryMb ?? []);
  const durations = kept.map(({ durationMs }) => durationMs);
  return {
    memoryMb,
    cpus,
    failed: failure === undefined ? null : { outcome: failure.outcome, message: failure.errorMessage },
    calls: kept.length,
    outliers,
    durationMs:
      kept.length === 0
        ? null
        : {
            mean: mean(durations),
            min: Math.min(...durations),
            max: Math.max(...durations),
          },
    usdPerMillion: kept.length === 0 ? null : usdPerMillion(kept, card),
    observedCpus: observedCpus(kept),
    peakMemoryMb: peaks.length === 0 ? null : Math.max(...peaks),
    coldStartMs: first.start === 'warm' ? null : first.coldStartMs,
    initMs: first.phases.initMs,
  };
}

/** The quickest and the slowest tenth left out; none of fewer than five calls. */
export function trim(records: readonly InvocationRecord[]): {
  kept: InvocationRecord[];
  outliers: number;
} {
  const sorted = records.toSorted((a, b) => a.durationMs - b.durationMs);
  const cut = sorted.length < 5 ? 0 : Math.max(1, Math.floor(sorted.length * TRIMMED));
  return { kept: sorted.slice(cut, sorted.length - cut), outliers: cut * 2 };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Exact for the calls that were measured; a million divided by their number is rounded to a millionth. */
function usdPerMillion(records: readonly InvocationRecord[], card: RateCard): Decimal {
  const sum = records.reduce((usd, record) => usd.plus(bill(record, card).totalUsd), Decimal.zero);
  return sum.times(Decimal.parse((1_000_000 / records.length).toFixed(6)));
}

function observedCpus(records: readonly InvocationRecord[]): number | null {
  const telling = records.filter(({ cpuMs }) => cpuMs !== null && cpuMs >= TELLING_CPU_MS);
  if (telling.length === 0) return null;
  const cpuMs = telling.reduce((sum, record) => sum + (record.cpuMs ?? 0), 0);
  return cpuMs / telling.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** Null where the function succeeded at no size. */
export function choose(sizes: readonly TunedSize[]): Choices | null {
  const usable = sizes
    .flatMap(({ memoryMb, durationMs, usdPerMillion: usd }) =>
      durationMs === null || usd === null
        ? []
        : [{ memoryMb, ms: durationMs.mean, usd: Number(usd.toString()) }],
    )
    .toSorted((a, b) => a.memoryMb - b.memoryMb);
  const least = (of: (size: (typeof usable)[number]) => number) =>
    usable.reduce<(typeof usable)[number] | undefined>(
      (best, size) => (best === undefined || of(size) < of(best) ? size : best),
      undefined,
    );
  const lowest = least(({ usd }) => usd);
  const quickest = least(({ ms }) => ms);
  const balanced = least(({ ms, usd }) => ms * usd);
  if (lowest === undefined || quickest === undefined || balanced === undefined) return null;
  // Of those that cost the same the quickest, of those that are as fast the smallest.
  const cheapest = usable
    .filter(({ usd }) => usd <= lowest.usd * SAME)
    .reduce((best, size) => (size.ms < best.ms ? size : best), lowest);
  const fastest = usable.find(({ ms }) => ms <= quickest.ms * SAME) ?? quickest;
  return { cheapest: cheapest.memoryMb, fastest: fastest.memoryMb, balanced: balanced.memoryMb };
}

/** Whether calls had more of the processors than their memory buys: then the sizes are not told apart by speed. */
export const isCpuUntied = (sizes: readonly TunedSize[]): boolean =>
  sizes.some(
    ({ cpus, observedCpus: observed }) => observed !== null && observed > cpus * 1.5 && observed > cpus + 0.1,
  );
