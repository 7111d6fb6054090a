/** The instances of one function: lease a warm one, start more within the limit, wait in line, or throttle. */
import type { ColdReason, DeployedFunction, EndReason } from '../core/types.ts';
import { needsOwnBoot } from '../instance/environment.ts';
import { Instance } from '../instance/instance.ts';
import { sizeOf } from '../instance/size.ts';
import type { StartFailed } from '../instance/start-failed.ts';
import { isEnding } from '../instance/state.ts';
import { Average } from './average.ts';
import { Backoff } from './backoff.ts';
import { census } from './census.ts';
import type { EvictionCandidate } from './evict.ts';
import { leaseOf, type FailedStart, type Lease } from './lease.ts';
import type { PoolContext } from './pool-context.ts';
import type { Prewarmed } from './prewarm.ts';
import { neverFits, noRoom, shuttingDown } from './refusals.ts';
import { admitWaiter, coldReason, isBetter, startsNeeded, type PoolView } from './select.ts';
import { Waiters } from './waiters.ts';

/** What becomes of a revision whose first instance does not come up. */
export type IfItFails = 'switch' | 'keep';

type Starting = Promise<StartFailed | undefined>;

interface Ticket {
  requestId: string;
  /** When it joined the line. */
  since: number;
}

/** How often a line is looked at again: calls may turn out longer than they used to be. */
const REVIEW_MS = 20;

export class FunctionPool {
  readonly #context: PoolContext;
  readonly #instances = new Set<Instance>();
  readonly #reasons = new WeakMap<Instance, ColdReason>();
  readonly #line = new Waiters<Ticket, Lease>();
  readonly #callMs = new Average();
  readonly #startMs = new Average();
  /** After failed starts that nobody waited for: the provisioned minimum must not spin. */
  readonly #backoff: Backoff;
  #deployed: DeployedFunction;
  /** The revision that takes over as soon as its first instance is up. */
  #successor: DeployedFunction | undefined;
  #lastEnd: EndReason | null = null;
  #closed = false;
  #cancelReview: (() => void) | undefined;

  constructor(context: PoolContext, deployed: DeployedFunction) {
    this.#context = context;
    this.#deployed = deployed;
    this.#backoff = new Backoff(context.instances.clock);
    this.review();
  }

  get instances(): ReadonlySet<Instance> {
    return this.#instances;
  }

  /** Since when the first in line has been waiting. */
  get waitingSince(): number | undefined {
    return this.#line.head?.since;
  }

  /** Whether another sandbox could be started. */
  get hasRoom(): boolean {
    return !this.#closed && this.#instances.size < this.#deployed.settings.concurrency;
  }

  /**
   * An instance for this invocation: at once when one is warm, else when it comes.
   * Fails with Throttled, Cancelled, ShuttingDown, or the FailedStart of the sandbox it waited for.
   * `caller.signal` is only looked at by a call that has to wait.
   */
  reserve(requestId: string, caller: { readonly signal?: AbortSignal } = {}): Lease | Promise<Lease> {
    const warm = this.#warmest();
    if (warm) return this.#lease(warm, requestId, false);
    const { settings } = this.#deployed;
    const { memoryLimitMb } = this.#context;
    if (this.#closed) throw shuttingDown();
    if (settings.memoryMb > memoryLimitMb) throw neverFits(settings, memoryLimitMb);
    if (admitWaiter(this.#view()) === 'throttle') {
      throw noRoom(settings, { sandboxes: this.#instances.size, waiting: this.#line.size });
    }
    const lease = this.#line.join({ requestId, since: this.#now() }, caller.signal);
    this.review();
    return lease;
  }

  /**
   * New code or settings. While warm instances serve, the first of the new revision comes up beside them and then takes
   * over, so that nobody waits; calls that run finish on the old one. Resolves when every new call gets `deployed`.
   *
   * @param ifItFails what the failure of that first instance means: nothing, or that the old one goes on serving
   * @returns that failure, if the old one goes on
   */
  async replace(deployed: DeployedFunction, ifItFails: IfItFails = 'switch'): Starting {
    this.#successor = deployed;
    const { live } = census(this.#instances, this.#deployed);
    const failure = live > 0 && this.hasRoom ? await this.#startSuccessor(deployed) : undefined;
    // A still newer one came meanwhile: it takes over, and ends what was begun here.
    if (this.#successor !== deployed) return undefined;
    if (!failure || ifItFails === 'switch') return this.#switchTo(deployed);
    this.#successor = undefined;
    return failure;
  }

  #switchTo(deployed: DeployedFunction): undefined {
    this.#deployed = deployed;
    this.#successor = undefined;
    this.#backoff.reset();
    for (const instance of this.#instances) {
      if (instance.deployed === deployed) this.#offer(instance);
      else if (instance.state.name !== 'busy') void instance.stop('revision');
    }
    this.review();
  }

  /** Takes no more invocations and lets running ones finish; resolves when all sandboxes are gone. */
  async retire(): Promise<void> {
    this.#turnAway();
    const ends = [...this.#instances].map((instance) =>
      instance.state.name === 'busy' ? instance.gone : instance.stop('shutdown'),
    );
    await Promise.all(ends);
  }

  /** Fails who waits, ends every instance, resolves when all sandboxes are gone. */
  async close(reason: EndReason): Promise<void> {
    this.#turnAway();
    await Promise.all([...this.#instances].map((instance) => instance.stop(reason)));
  }

  /** Those that may be ended to make room for another function. */
  *evictable(): Iterable<EvictionCandidate & { instance: Instance }> {
    const { provisioned, memoryMb } = this.#deployed.settings;
    let spare = census(this.#instances, this.#deployed).live - provisioned;
    for (const instance of this.#instances) {
      const { name, since } = instance.state;
      if ((name === 'idle' || name === 'frozen') && spare-- > 0)
        yield { instance, idleSince: since, memoryMb };
    }
  }

  /** Starts what the line and the provisioned minimum need. */
  review(): void {
    if (this.#closed) return;
    while (this.#isShort() && this.#startPrewarmed(this.#deployed));
    for (let missing = this.#startsNeeded(); missing > 0; missing--) {
      if (!this.#startFresh(this.#deployed)) break;
    }
    this.#reviewLater();
  }

  #isShort(): boolean {
    const { waiting, starting, perInstance, provisioned, live } = this.#view();
    return this.hasRoom && (waiting > starting * perInstance || live < provisioned);
  }

  #startsNeeded(): number {
    const view = this.#view();
    // After failures the minimum waits; whoever calls gets a try at once.
    return view.waiting === 0 && this.#backoff.leftMs > 0 ? 0 : startsNeeded(view);
  }

  #reviewLater(): void {
    this.#cancelReview?.();
    const { waiting, starting, live, provisioned } = this.#view();
    const lineMayGrowOld = waiting > starting && this.hasRoom;
    const delayMs = lineMayGrowOld ? REVIEW_MS : live < provisioned ? this.#backoff.leftMs : 0;
    const { clock } = this.#context.instances;
    this.#cancelReview = delayMs > 0 ? clock.after(delayMs, () => this.review()) : undefined;
  }

  async #startSuccessor(deployed: DeployedFunction): Starting {
    return this.#startPrewarmed(deployed) ?? this.#startFresh(deployed);
  }

  #startPrewarmed(deployed: DeployedFunction): Starting | undefined {
    if (needsOwnBoot(deployed)) return undefined;
    const prewarmed = this.#context.takePrewarmed(sizeOf(deployed.settings));
    return prewarmed && this.#start(deployed, prewarmed);
  }

  #startFresh(deployed: DeployedFunction): Starting | undefined {
    return this.#context.claimMemory(deployed.settings.memoryMb) ? this.#start(deployed) : undefined;
  }

  async #start(deployed: DeployedFunction, prewarmed?: Prewarmed): Starting {
    const { live } = census(this.#instances, this.#deployed);
    const reason = coldReason({ othersLive: live > 0, lastEnd: this.#lastEnd });
    const instance = new Instance(this.#context.instances, {
      deployed,
      prewarmed,
      isProvisioned: census(this.#instances, deployed).live < deployed.settings.provisioned,
      onChange: (changed) => this.#changed(changed),
      mustStay: (expired) => this.#mustStay(expired),
    });
    this.#instances.add(instance);
    this.#reasons.set(instance, reason);
    return instance.start().then(
      () => this.#started(instance),
      (failure: StartFailed) => this.#startFailed({ failure, instance, coldReason: reason }),
    );
  }

  #started(instance: Instance): undefined {
    this.#backoff.reset();
    if (instance.prewarmed) return undefined;
    const { provisionMs, bootMs, initMs } = instance.phases();
    this.#startMs.add((provisionMs ?? 0) + (bootMs ?? 0) + (initMs ?? 0));
    return undefined;
  }

  #startFailed(failed: FailedStart): StartFailed {
    const { state, deployed } = failed.instance;
    // A start that we stopped ourselves is nobody's failure: what waits for it gets another.
    const byUs = isEnding(state) && (state.reason === 'revision' || state.reason === 'shutdown');
    if (!byUs && !(deployed === this.#deployed && this.#line.fail(failed))) this.#backoff.failed();
    return failed.failure;
  }

  #changed(instance: Instance): void {
    const { state } = instance;
    if (instance.hasRoom) this.#offer(instance);
    if (state.name !== 'stopped') return;
    this.#instances.delete(instance);
    this.#lastEnd = state.reason;
    this.#context.returnMemory(instance.deployed.settings.memoryMb);
    this.#context.onEnded(instance);
    this.review();
  }

  #offer(instance: Instance): void {
    if (instance.deployed === this.#successor) return;
    if (this.#closed || instance.deployed !== this.#deployed) {
      if (instance.state.name === 'idle') void instance.stop(this.#closed ? 'shutdown' : 'revision');
      return;
    }
    while (this.#line.size > 0 && instance.hasRoom) {
      const awaited = instance.calls === 0;
      this.#line.serve(({ requestId }) => this.#lease(instance, requestId, awaited));
    }
    if (this.#line.size > 0) this.review();
  }

  #lease(instance: Instance, requestId: string, awaited: boolean): Lease {
    const reason = awaited ? (this.#reasons.get(instance) ?? null) : null;
    const about = { requestId, awaited, reason, leasedAt: this.#now() };
    return leaseOf(instance, about, (callMs) => this.#callMs.add(callMs));
  }

  /** The provisioned minimum does not grow old. */
  #mustStay({ deployed }: Instance): boolean {
    const { live } = census(this.#instances, this.#deployed);
    return deployed === this.#deployed && live <= deployed.settings.provisioned;
  }

  #turnAway(): void {
    this.#closed = true;
    this.#cancelReview?.();
    while (this.#line.fail(shuttingDown()));
  }

  #warmest(): Instance | undefined {
    let warmest: Instance | undefined;
    for (const instance of this.#instances) {
      const fits = instance.hasRoom && instance.deployed === this.#deployed;
      if (fits && isBetter(instance, warmest)) warmest = instance;
    }
    return warmest;
  }

  #view(): PoolView {
    const { concurrency, queueLimit, provisioned, concurrencyPerInstance } = this.#deployed.settings;
    return {
      ...census(this.#instances, this.#deployed),
      waiting: this.#line.size,
      concurrency,
      queueLimit,
      provisioned,
      perInstance: concurrencyPerInstance,
      callMs: this.#callMs.value,
      lineAgeMs: this.#now() - (this.waitingSince ?? this.#now()),
      startMs: this.#startMs.value ?? this.#context.bootMs(),
      parallelStarts: this.#context.parallelStarts,
    };
  }

  #now(): number {
    return this.#context.instances.clock.now();
  }
}
