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
  /** The day the card came into force, YYYY-MM-DD. */
  effectiveFrom: string;
  /** Where the figures come from. */
  source: string;
  perRequest: string;
  /** By use in a calendar month, cheapest last. `upTo` in GB-seconds; null: no end. */
  perGbSecond: readonly { upTo: string | null; price: string }[];
  /** Of /tmp above the size that is included. */
  tmp: { includedMb: number; perGbSecond: string };
  duration: DurationRule;
  /** Per month and account; reports do not subtract it. */
  free: { requests: number; gbSeconds: number };
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
