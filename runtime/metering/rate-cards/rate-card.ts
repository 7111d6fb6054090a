/** The shape of a dated price list. Prices are decimal text: never a double. */
export interface RateCard {
  /** What `--rates` takes: the family, then the date it came into force. */
  id: string;
  /** For people, beside the date: `AWS Lambda x86, us-east-1 (init billed)`. */
  name: string;
  /** Cards of one family replace each other; its name alone means the newest. */
  family: string;
  provider: string;
  architecture: string;
  region: string;
  currency: 'USD';
  /** The day the card came into force, YYYY-MM-DD; where the provider names none, the day it was read. */
  effectiveFrom: string;
  /** Where the figures come from. */
  source: string;
  perRequest: string;
  /** By use in a calendar month, cheapest last. `upTo` in GB-seconds; null: no end. */
  perGbSecond: readonly { upTo: string | null; price: string }[];
  /** Of /tmp above the size that is included. */
  tmp: { includedMb: number; perGbSecond: string };
  duration: DurationRule;
  /** Which memory is billed; left out: what was configured. */
  memory?: MemoryRule;
  /** Where CPU is allotted and billed beside the memory. */
  vcpu?: VcpuRule;
  /** Where the CPU time that was used is billed. */
  cpuTime?: { perMs: string };
  /** Events that nobody waits for: a further request for each chunk above what is included. */
  asyncEvents?: { includedBytes: number; chunkBytes: number };
  /** Instances kept initialised: for each that is configured, and for the calls it runs. */
  provisioned?: { perGbSecond: string; durationPerGbSecond: string };
  /** Per month and account; subtracted only where that is asked for. */
  free: FreeTier;
  /** USD of a subscription that the free quantities are part of. */
  perMonth?: string;
  /** What the figures leave out or take for granted, in one sentence each. */
  notes?: readonly string[];
}

/** How measured time becomes billed time. */
export interface DurationRule {
  /** Rounded up to a multiple of this. */
  stepMs: number;
  /** At least this, once anything ran. */
  minimumMs: number;
  /** Whether the init phase of a cold start is billed with the invocation that waited for it. */
  billsInit: boolean;
}

/**
 * `configured`: the function's setting, rounded up to one of the sizes on offer.
 * `used`: the peak that was read, rounded up to a step.
 */
export type MemoryRule =
  | { basis: 'configured'; sizesMb: readonly number[] }
  | { basis: 'used'; stepMb: number; minimumMb: number; maximumMb: number };

export interface VcpuRule {
  perSecond: string;
  /** By configured memory, smallest first: thousandths of a vCPU. */
  shares: readonly { upToMb: number; milliVcpu: number }[];
}

export interface FreeTier {
  requests: number;
  gbSeconds: number;
  vcpuSeconds?: number;
  cpuMs?: number;
}
