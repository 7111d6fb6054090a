/**
 * What would have happened: the runtime's own pools, on a clock that jumps and on sandboxes that only take time.
 *
 * Nothing of the pool is written a second time here, so that what is decided there is decided here as well.
 */
import { FaasError } from '../core/errors.ts';
import { silentLogger } from '../core/log.ts';
import type { DeployedFunction } from '../core/types.ts';
import { Identities } from '../instance/identities.ts';
import type { RateCard } from '../metering/rate-cards/rate-card.ts';
import type { Lease } from '../pool/lease.ts';
import { Pools } from '../pool/pools.ts';
import type { Arrival, Arrivals } from './arrivals.ts';
import { StartTimes, type MachineProfile } from './profile.ts';
import { Tally, type SimulationResult } from './result.ts';
import { createSimulatedDriver } from './simulated-driver.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface Simulation {
  /** With the settings to try. */
  functions: readonly DeployedFunction[];
  arrivals: Arrivals;
  profile: MachineProfile;
  /** Sandboxes booted ahead per size. */
  prewarm: number;
  memoryBudgetMb: number | undefined;
  /** Sandboxes the machine starts side by side. */
  parallelStarts: number;
  rates: RateCard;
}

/**
 * A freeze, a thaw and a call that is served from the line are a few promises deep; a start is many, and is waited for
 * by a turn of the event loop, which takes ten times as long.
 */
const SOON_TURNS = 12;

/** Answers every arrival. The same input gives the same result. */
export async function simulate(simulation: Simulation): Promise<SimulationResult> {
  const { arrivals } = simulation;
  const world = new World(simulation);
  for (let index = 0; index < arrivals.length; index += 1) {
    const arrival = arrivals.get(index);
    if (arrival.startedBeforeMs !== null) {
      await world.runUntil(arrival.at - arrival.startedBeforeMs);
      world.startAnew(arrival.functionIndex);
    }
    // Most arrivals find nothing to wait for, and awaiting nothing a million times takes seconds.
    const busy = world.runUntil(arrival.at);
    if (busy) await busy;
    world.arrive(arrival);
  }
  await world.finish();
  return world.result();
}

class World {
  readonly #simulation: Simulation;
  readonly #clock: VirtualClock;
  readonly #driver: ReturnType<typeof createSimulatedDriver>;
  readonly #tallies: Tally[];
  readonly #beganAt: number;
  readonly #pools: Pools;
  readonly #called = new Set<number>();
  /** Something goes on in promises: the clock stands still until it has settled. */
  #unsettled: 'no' | 'soon' | 'in a while' = 'no';
  #inFlight = 0;
  #waiting = 0;
  #requests = 0;
  #containerMs = 0;
  #heldMbMs = 0;

  constructor(simulation: Simulation) {
    const { profile, arrivals, functions, rates } = simulation;
    this.#simulation = simulation;
    this.#beganAt = arrivals.firstAt - (arrivals.get(0).startedBeforeMs ?? 0);
    this.#clock = new VirtualClock(this.#beganAt);
    this.#tallies = functions.map(() => new Tally(rates));
    this.#driver = createSimulatedDriver({
      clock: this.#clock,
      profile,
      starts: new StartTimes(profile),
      onActivity: (activity) => {
        if (activity === 'long') this.#unsettled = 'in a while';
        else this.#settlesSoon();
      },
      onGone: (memoryMb, livedMs) => {
        this.#containerMs += livedMs;
        this.#heldMbMs += memoryMb * livedMs;
      },
    });
    this.#pools = this.#newPools();
  }

  #newPools(): Pools {
    const { prewarm, memoryBudgetMb, parallelStarts, functions } = this.#simulation;
    const clock = this.#clock;
    const pools = new Pools({
      instances: {
        driver: this.#driver,
        clock,
        identities: new Identities(),
        region: '',
        awsEndpoint: () => undefined,
        onLog: () => {},
      },
      clock,
      log: silentLogger,
      prewarm,
      memoryBudgetMb,
      parallelStarts,
      isQuiet: () => this.#inFlight === 0,
      onEnded: () => {},
    });
    for (const deployed of functions) void pools.put(deployed);
    return pools;
  }

  /** The function's first call since its runtime started: nothing of it is warm. */
  startAnew(functionIndex: number): void {
    const deployed = this.#simulation.functions[functionIndex];
    if (!deployed || !this.#called.has(functionIndex)) return;
    void this.#pools.remove(deployed.settings.name);
    void this.#pools.put(deployed);
  }

  /** Lets happen what happens until `at`; a promise only where there is something to wait for. */
  runUntil(at: number): Promise<void> | undefined {
    while (this.#unsettled === 'no' && this.#clock.runNext(at));
    if (this.#unsettled !== 'no') return this.#settleUntil(at);
    this.#clock.moveTo(at);
    return undefined;
  }

  async #settleUntil(at: number): Promise<void> {
    do await this.#settle();
    while (this.#clock.runNext(at));
    await this.#settle();
    this.#clock.moveTo(at);
  }

  async #settle(): Promise<void> {
    while (this.#unsettled !== 'no') {
      const turns = this.#unsettled === 'soon' ? SOON_TURNS : 0;
      this.#unsettled = 'no';
      if (turns === 0) await new Promise((resolve) => setImmediate(resolve));
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    }
  }

  #settlesSoon(): void {
    if (this.#unsettled === 'no') this.#unsettled = 'soon';
  }

  arrive(arrival: Arrival): void {
    const deployed = this.#simulation.functions[arrival.functionIndex];
    const known = deployed && this.#pools.get(deployed.settings.name);
    if (!known) return;
    this.#called.add(arrival.functionIndex);
    this.#inFlight += 1;
    try {
      const reserved = known.pool.reserve(String(this.#requests++));
      if (!(reserved instanceof Promise)) return this.#lease(arrival, reserved);
      this.#waiting += 1;
      this.#settlesSoon();
      reserved.then(
        (lease) => {
          this.#waiting -= 1;
          this.#lease(arrival, lease);
        },
        () => {
          this.#waiting -= 1;
          this.#refused(arrival);
        },
      );
    } catch (error) {
      if (!(error instanceof FaasError)) throw error;
      this.#refused(arrival);
    }
  }

  #refused({ functionIndex }: Arrival): void {
    this.#inFlight -= 1;
    this.#tallies[functionIndex]?.throttled();
  }

  #lease(arrival: Arrival, lease: Lease): void {
    if (!lease.thawing) return this.#run(arrival, lease);
    this.#settlesSoon();
    void lease.thawing.then(() => this.#run(arrival, lease));
  }

  #run({ at, functionIndex, durationMs, afterwards }: Arrival, lease: Lease): void {
    const { memoryMb, tmpMb } = lease.instance.deployed.settings;
    this.#tallies[functionIndex]?.ran({
      start: lease.start,
      coldReason: lease.coldReason,
      waitMs: this.#clock.now() - at,
      initMs: lease.startPhases?.initMs ?? null,
      durationMs,
      memoryMb,
      tmpMb,
    });
    this.#clock.after(durationMs, () => {
      this.#inFlight -= 1;
      if (afterwards === 'released') lease.release(durationMs);
      else void lease.discard('exit');
      // What waited was served in this very tick, and hears of it in a promise.
      if (this.#waiting > 0) this.#settlesSoon();
    });
  }

  /** Lets run what has begun; then everything ends at once. */
  async finish(): Promise<void> {
    await this.#settle();
    while (this.#inFlight > 0 && this.#clock.runNext(Infinity)) await this.#settle();
    await this.#driver.close();
    const seconds = (this.#clock.now() - this.#beganAt) / 1000;
    for (const [index, { settings }] of this.#simulation.functions.entries()) {
      const { provisioned: instances, memoryMb } = settings;
      this.#tallies[index]?.provisioned({ memoryMb, instances, seconds });
    }
  }

  result(): SimulationResult {
    const total = Tally.sum(this.#tallies, this.#simulation.rates);
    return {
      ...total.figures(),
      containerSeconds: this.#containerMs / 1000,
      heldGbSeconds: this.#heldMbMs / 1024 / 1000,
      peakContainers: this.#driver.peak,
      functions: this.#simulation.functions.map(({ settings }, index) => ({
        function: settings.name,
        ...(this.#tallies[index] ?? total).figures(),
      })),
    };
  }
}
